from fieldmark.report.rank_histograms import rank_histogram_figure


def test_each_rank_has_its_panel_coarse_to_fine(make) -> None:
    found = make.confidences("probe")
    picture = rank_histogram_figure(found, name="ranks")
    titles = [f"{one.rank}: 75.00 % right" for one in found[::-1]]
    assert all(title in picture.svg for title in titles)
    assert picture.svg.index(titles[0]) < picture.svg.index(titles[1])
    assert picture.title == "Confidence of probe at each rank"
    assert "n = 40" in picture.caption


def test_every_bar_says_its_count(make) -> None:
    found = make.confidences("probe")
    svg = rank_histogram_figure(found, name="ranks").svg
    bars = sum(number > 0 for one in found for number in (*one.right, *one.wrong))
    assert svg.count("data-tips") == bars
    assert "right of 40" in svg
    assert "wrong of 40" in svg


def test_one_rank_or_six(make) -> None:
    (leaf, *_) = make.confidences("probe")
    assert "right" in rank_histogram_figure([leaf], name="ranks").svg
    assert rank_histogram_figure([leaf] * 6, name="ranks").svg.count("75.00 % right") == 6
