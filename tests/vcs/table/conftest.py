"""What tests of single tools need."""

from tests.vcs.contract.conftest import warm_brz as warm_brz
