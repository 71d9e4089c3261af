"""Reports of small rankings: what they say, that they can be made again, and whom they count."""

import re

import pytest

import evosearch
from evosearch.assemble.pages.build import Asked, build_report
from evosearch.errors import UsageError
from evosearch.report.page.records import PLACES
from tests.assemble.pages.reports import (
    HOSTILE,
    Ranking,
    build,
    forge_best,
    make_ranking,
    read_words,
    strip_scripts,
)
from tests.conftest import ROOT
from tests.markets import write_bars

SAMPLE = ROOT / "tests" / "samples" / "2786a44" / "merged.parquet"


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """A merged file of an older version, on the bundled prices, and its page."""
    ranking = Ranking(SAMPLE, tmp_path_factory.mktemp("sample"))
    return ranking, *build(ranking, ranking.results)


def test_a_report_has_the_verdict_of_show_and_figures_that_are_computed_again(sample):
    ranking, built, text = sample
    words = read_words(text)
    found = evosearch.show(1, ranking.merged, results=ranking.results)
    row = found["row"]
    assert found["verdict"]["words"] in words
    assert built.is_equal and re.search(
        r"all \d+ figures of this row, and those of the \d+ best, are equal to 1e-9", words
    )
    assert built.n_bytes == len(text.encode()) < 8_000_000
    (body,) = re.findall(r'<table id="how-1".*?</table>', text, re.DOTALL)
    assert body.count("<tr>") - 1 == row["n_trades"] + row["n_trades_oos"]
    assert f"{100 * row['return_frac']:.1f} %" in words
    for run_id in found["runs"]:
        assert run_id in words


def test_the_second_build_has_the_same_bytes_and_nothing_of_this_machine(sample, tmp_path):
    ranking, _built, text = sample
    again = build_report(Asked(ranking.merged, results=ranking.results))
    assert again.path.read_text(encoding="utf-8") == text
    assert again.path.parent == ranking.results / "report"
    assert str(ranking.results) not in text and str(SAMPLE.parent) not in text


def test_spanish_has_spanish_words_and_decimal_commas(sample, tmp_path):
    ranking, _built, _ = sample
    _, text = build(ranking, tmp_path, language="es")
    words = read_words(text)
    assert '<html lang="es">' in text
    assert "no es una recomendación de inversión" in words.lower()
    for english in ("Verdict", "hold-out", "Recomputed", "bought"):
        assert english not in words
    value = evosearch.show(1, ranking.merged, results=ranking.results)["row"]["return_frac"]
    assert f"{100 * value:.1f} %".replace(".", ",") in words


def test_places_that_cannot_be_written_are_refused(tmp_path):
    for output in (tmp_path, tmp_path / "page.parquet"):
        with pytest.raises(UsageError, match="html"):
            build_report(Asked(SAMPLE, results=tmp_path, output=output))
    others = tmp_path / "others.html"
    others.write_text("<p>mine</p>")
    with pytest.raises(UsageError, match="exists already"):
        build_report(Asked(SAMPLE, results=tmp_path, output=others))
    with pytest.raises(UsageError, match="--top 0"):
        Asked(n_top=0)


@pytest.fixture(scope="module")
def prices(tmp_path_factory):
    """A file of prices that can be taken away."""
    path = tmp_path_factory.mktemp("prices") / "prices.csv"
    write_bars(path, 4_000, step="1h")
    return path


@pytest.fixture(scope="module")
def ranking(tmp_path_factory, prices):
    return make_ranking(tmp_path_factory.mktemp("pages"), data=prices.as_posix())


@pytest.fixture(scope="module")
def english(ranking, tmp_path_factory):
    return build(ranking, tmp_path_factory.mktemp("en"))


@pytest.mark.slow
def test_each_language_row_and_length_has_a_name_of_its_own(ranking):
    by_name = build_report(Asked(ranking.merged, results=ranking.results))
    assert build_report(Asked(ranking.merged, results=ranking.results)).path == by_name.path
    others = [Asked(ranking.merged, results=ranking.results, n_top=3, language="es")]
    others.append(Asked(ranking.merged, results=ranking.results, wanted="1"))
    assert len({by_name.path, *(build_report(each).path for each in others)}) == 3


@pytest.mark.slow
def test_a_hostile_machine_is_text(english):
    inside = strip_scripts(english[1])
    assert "<img" not in inside and "<b>pc" not in inside
    assert HOSTILE[:30] in read_words(english[1])


@pytest.mark.slow
def test_figures_that_the_bars_do_not_give_get_a_red_box(ranking, tmp_path):
    path = tmp_path / "forged.parquet"
    forged = forge_best(ranking.merged, path, "net_profit", lambda value: value * 1.01)
    built, text = build(Ranking(forged, ranking.results), tmp_path)
    assert not built.is_equal
    assert '<p class="check bad" role="alert">Do not trust this ranking' in text
    assert "equal to 1e-9" not in text


@pytest.mark.slow
def test_without_the_bars_it_says_what_is_missing_and_how_to_get_it(ranking, prices, tmp_path):
    honest, _ = build(ranking, tmp_path)
    away = prices.rename(prices.with_name("away.csv"))
    try:
        built, text = build(ranking, tmp_path)
        words = read_words(text)
        named, _ = build(ranking, tmp_path, data=str(away))
    finally:
        away.rename(prices)
    assert built.missing.endswith("--data FILE") and built.missing in words
    assert "The prices of this ranking are not on this machine" in words
    assert "equal to 1e-9" not in words and "Verdict" in words
    assert not honest.missing and not named.missing
    assert built.n_drawn < honest.n_drawn == named.n_drawn


@pytest.mark.slow
def test_one_row_has_a_page_of_its_own_and_counts_as_a_look(ranking, tmp_path):
    before = build(ranking, tmp_path)[0].judgement.box.n_looks
    built, text = build(ranking, tmp_path, wanted="2")
    assert built.judgement.box.n_looks > before
    words = read_words(text)
    assert words.startswith("#2 of")
    assert "Machines" not in words and "How to trade it" in words


@pytest.mark.slow
def test_other_rows_show_what_was_searched_alone(ranking, english):
    """No figure of the hold-out of any row but the first is in the page."""
    frame = evosearch.top(ranking.merged, n=None, results=ranking.results)
    (first, *others) = frame.to_dict("records")
    own = {first["net_profit_oos"], first["return_frac_oos"]}
    for row in others:
        for name in ("net_profit_oos", "return_frac_oos"):
            if row[name] and row[name] not in own:
                assert repr(row[name]) not in english[1]


@pytest.mark.slow
def test_a_problem_without_prices_has_a_page_too(tmp_path):
    profile = tmp_path / "sphere.toml"
    profile.write_text(
        'seed = 1\n[search]\npopulation = 8\ngenerations = 3\n[problem]\nname = "sphere"\n'
        f'[run]\nbackend = "serial"\nresults = "{(tmp_path / "results").as_posix()}"\n'
    )
    evosearch.run(evosearch.load_profile(str(profile)))
    built = build_report(Asked(results=tmp_path / "results", output=tmp_path / "page.html"))
    words = read_words(built.path.read_text(encoding="utf-8"))
    assert built.is_equal and not built.missing
    assert "candidates" in words and "strategies" not in words
    assert "Sharpe" not in words


@pytest.mark.slow
def test_the_first_user_gets_every_picture_of_his_prices(btc_csv, tmp_path):
    """Pro and air on the real file, merged: all pictures, and a red box for 1 % more profit."""
    results, settings = str(tmp_path / "results"), (f"problem.data={btc_csv}",)
    for name in ("pro", "air"):
        evosearch.run(evosearch.load_profile(name, settings, seed=1, results=results))
    merged = tmp_path / "merged.parquet"
    evosearch.merge([f"{results}/*.parquet"], output=merged)
    ranking = Ranking(merged, tmp_path / "results")
    built, text = build(ranking, tmp_path)
    drawn = re.findall(r'<div class="plot" id="([a-z-]+)-plot"', text)
    places = re.findall(r'<section id="([a-z-]+)" class="picture', text)
    assert places == [place for place in PLACES if place != "genes"]
    assert {"equity", "luck", "best-of-n", "price", "search", "plateau", "costs", "months"} <= {
        *drawn
    }
    assert built.is_equal and 'class="missing"' not in text
    assert text.count("<svg") >= 3  # a small curve for each idea
    path = tmp_path / "forged.parquet"
    forged = forge_best(merged, path, "net_profit", lambda value: value * 1.01)
    built, text = build(Ranking(forged, ranking.results), tmp_path)
    assert not built.is_equal and '<p class="check bad" role="alert">' in text
