"""What happened to the tables, one file for each change; `tollgate db upgrade` runs those that a database lacks."""
