"""Elements escape whatever is not markup already."""

from __future__ import annotations

from exporter.front_page.html import element, together


def test_texts_and_attributes_are_escaped() -> None:
    made = element("p", "<b>&", title='"><script>')
    assert made == '<p title="&quot;&gt;&lt;script&gt;">&lt;b&gt;&amp;</p>'


def test_elements_within_elements_are_not_escaped_again() -> None:
    assert element("p", element("b", "a < b"), " c") == "<p><b>a &lt; b</b> c</p>"


def test_what_is_none_or_false_is_left_out() -> None:
    assert element("input", required=True, checked=False, value=None) == "<input required>"
    assert together(("a", None, "b")) == "ab"


def test_names_of_attributes_are_written_as_html_has_them() -> None:
    assert (
        element("label", for_="x", aria_label="y", class_="z")
        == '<label for="x" aria-label="y" class="z"></label>'
    )


def test_an_attribute_may_be_called_name() -> None:
    assert element("input", name="token") == '<input name="token">'
