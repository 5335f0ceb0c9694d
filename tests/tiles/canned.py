"""The samples the tests of the tiles are made from: those of the styleguide, under their old name."""

from dashapp.web.styleguide.samples import *  # noqa: F403
from dashapp.web.styleguide.samples import AS_OF as AS_OF
from dashapp.web.styleguide.samples import answers as answers
from dashapp.web.styleguide.samples import nothing as nothing
