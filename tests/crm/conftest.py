"""Two agencies with people, for the tests of this folder."""

from tests.crm.erasure_house import house, made_home
from tests.support.people_house import people

__all__ = ["house", "made_home", "people"]
