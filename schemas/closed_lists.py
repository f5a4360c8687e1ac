"""The closed lists: every value that a field of such a type may have."""

from typing import Literal

_Domain = Literal["registration", "training", "matching", "reference", "reporting"]
ReportedDomain = Literal["registration", "training", "matching", "reference"]

Sex = Literal["female", "male", "not_stated"]
Qualification = Literal["none", "1", "2", "3", "4", "5", "6", "7", "8", "not_stated"]
Group = Literal[
    "returnee_readmission",
    "returnee_other",
    "internally_displaced",
    "refugee",
    "asylum_seeker",
    "protected",
    "migrant_no_status",
    "labour_migrant",
    "potential_migrant",
    "internal_migrant",
    "diaspora",
    "local",
]
RETURNEE_GROUPS: frozenset[Group] = frozenset({"returnee_readmission", "returnee_other"})

Modality = Literal["readmission", "voluntary", "spontaneous"]
Household = Literal["single", "family", "unaccompanied_minor"]
ConsentPurpose = Literal["statistics", "referral", "follow_up", "research"]
Need = Literal[
    "documents",
    "housing",
    "employment",
    "education",
    "training",
    "health",
    "social_protection",
    "psychosocial",
    "language",
    "grant",
]
ServiceKind = Literal[
    "outreach",
    "legal_aid",
    "documents",
    "housing_material",
    "rent",
    "furniture",
    "psychosocial",
    "mentoring",
    "motivation_workshop",
    "job_search_support",
    "migration_counselling",
    "workplace_adaptation",
    "other",
]
FollowupMonth = Literal[6, 12]
Whereabouts = Literal["same", "moved_in_serbia", "abroad", "died", "unreachable"]
Activity = Literal["employed", "education", "benefit", "none", "unknown"]
DeparturePurpose = Literal["work", "family", "study", "other"]
RetractionReason = Literal["entered_in_error", "duplicate", "wrong_person", "other"]

CourseKind = Literal["vocational", "elementary", "digital", "language", "motivational", "business"]
Certificate = Literal["none", "internal", "public"]
DropReason = Literal["work", "family", "moved", "health", "other"]

JobseekerCategory = Literal[
    "youth",
    "age_50_plus",
    "no_qualification",
    "long_term",
    "redundant",
    "social_assistance",
    "single_parent",
    "refugee_or_displaced",
    "returnee",
    "other",
]
DeregistrationReason = Literal["employed", "education", "moved", "inactive", "other"]
VacancyOutcome = Literal["filled", "unfilled", "withdrawn"]
DeclinedBy = Literal["person", "employer"]
PlacementKind = Literal[
    "open_ended",
    "fixed_6_plus",
    "fixed_short",
    "seasonal",
    "public_works",
    "internship",
    "self_employment",
]
EmployerKind = Literal["company", "public_body", "health", "social_enterprise", "own_business"]
PlacementChannel = Literal["mediation", "own_search", "practice", "programme"]
PlacementAfter = Literal["training", "practice"]
PlacementEndReason = Literal["contract_end", "resigned", "dismissed", "moved", "other"]
Evidence = Literal["register", "employer", "adviser", "self"]
LegalForm = Literal["entrepreneur", "company", "farm", "informal"]
Sector = Literal[
    "A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M", "N", "O", "P", "Q", "R", "S",
    "T", "U",
]  # fmt: skip
