import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from evosearch.shards.format.arrays import texts_to_arrow


@given(st.lists(st.none() | st.text(st.characters(codec="utf-8"))))
def test_texts_become_what_pyarrow_itself_would_make_of_them(texts):
    made = texts_to_arrow(texts)
    made.validate(full=True)
    assert made.equals(pa.array(texts, pa.string()))
