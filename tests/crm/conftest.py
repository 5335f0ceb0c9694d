"""Two agencies with people, for the tests of this folder."""

from tests.crm.people_house import people

__all__ = ["people"]
