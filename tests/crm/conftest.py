"""Two agencies with people, for the tests of this folder."""

from tests.support.people_house import people

__all__ = ["people"]
