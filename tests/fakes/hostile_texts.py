"""Texts that try to be more than text."""

from hypothesis import strategies as st

HOSTILE = (
    "<script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "</style></svg></p>-->",
    "<img src=x onerror=alert(1)>",
    "<!-- ",
    "javascript:alert(1)",
    "[click](javascript:alert(1))",
    "](http://example.com)",
    "![x](https://example.com/x.png)",
    "<https://example.com>",
    "https://example.com www.example.com",
    "\"' onmouseover='alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "&lt;b&gt; &amp; &#60;",
    "a | b || c \\| d",
    "|---|",
    "# heading #",
    "- item",
    "+ item",
    "1. item",
    "2) item",
    "> quote",
    "===",
    "---",
    "```",
    "``` js",
    "~~~",
    "    code",
    "*bold* **bold** _it_ ~~gone~~ `code`",
    "$x^2$",
    "back\\slash\\",
    "end\\",
    "{first_day} %s %(x)s $title",
    "\u202e3.21\u202c",
    "\u2067\u05e9\u05dc\u05d5\u05dd 12.3%",
    "\u05e9\u05dc\u05d5\u05dd",
    "a\x00b\x07c\x1b[31m",
    "half \ud800 a character",
    "two\n\nlines\r\n# three\u2028four",
    "한국어 \u202e텍스트",
    "e\u0301\U0001f4c8",
)
"""Markup, Markdown, templates, and characters that turn the direction of writing or are none."""

hostile = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(max_size=40),
    st.lists(st.sampled_from([*HOSTILE, "x", " "]), max_size=4).map("".join),
)
