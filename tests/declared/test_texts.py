"""Words of staff's files that are read by a short way where a library would say the same."""

from hypothesis import given
from hypothesis import strategies as st
from pydantic.networks import validate_email

from engage.declared.texts import _PLAIN_EMAIL


@given(st.from_regex(_PLAIN_EMAIL, fullmatch=True))
def test_a_plain_address_is_what_the_library_takes_unchanged(address):
    """Loading the library takes a tenth of a second, which every `engage check` paid."""
    assert validate_email(address)[1] == address
