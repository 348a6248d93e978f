"""Tell whether new comments differ from those a model was measured on, and what to do about it.

Works on profiles: counts of labels, confidence, lengths and rare pieces, without any text.
"""

from .comparison import DriftReport, Shift, compare_profiles
from .page import render
from .profile import PROFILE, Profile, profile_of_probabilities, profile_of_triage, write_profile
from .reading import bundled_profile, read_profile

__all__ = [
    "PROFILE",
    "DriftReport",
    "Profile",
    "Shift",
    "bundled_profile",
    "compare_profiles",
    "profile_of_probabilities",
    "profile_of_triage",
    "read_profile",
    "render",
    "write_profile",
]
