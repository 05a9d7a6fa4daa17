"""The checker on its whole test set: what is wrong is found, and what is right is left alone."""

from benchmarks.verifier import LANGUAGES, run, scores, wrong_ones


def test_precision_and_recall_are_at_least_98_percent_on_at_least_60_doctored_and_60_clean_reports() -> None:
    verdicts = run()
    found = scores(verdicts)["all"]
    assert found["all"].doctored >= 60
    assert found["all"].clean >= 60
    for language in (*LANGUAGES, "all"):
        assert min(found[language].precision, found[language].recall) >= 0.98, "\n".join(wrong_ones(verdicts))
