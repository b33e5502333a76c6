from engagement.models.campaigns import Campaign
from engagement.models.guides import Guide
from engagement.models.journeys import Enrolment, Journey, JourneyTrigger, JourneyVersion, StepLog
from engagement.models.messages import Message, Suppression
from engagement.models.profiles import DirtyProfile, Profile
from engagement.models.reach import Bucket, Click, InboxItem, PushSubscription
from engagement.models.segments import Membership, Segment
from engagement.models.surveys import SurveyAnswer
from engagement.models.templates import Template, TemplateVersion

__all__ = [
    "Bucket",
    "Campaign",
    "Click",
    "DirtyProfile",
    "Enrolment",
    "Guide",
    "InboxItem",
    "Journey",
    "JourneyTrigger",
    "JourneyVersion",
    "Membership",
    "Message",
    "Profile",
    "PushSubscription",
    "Segment",
    "StepLog",
    "Suppression",
    "SurveyAnswer",
    "Template",
    "TemplateVersion",
]
