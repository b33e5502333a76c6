"""Back-office pages about the conversation. One file per noun; each is imported here."""

from engagement.admin.campaigns import CampaignAdmin
from engagement.admin.enrolments import EnrolmentAdmin
from engagement.admin.guides import GuideAdmin
from engagement.admin.journeys import JourneyAdmin
from engagement.admin.messages import MessageAdmin, SuppressionAdmin
from engagement.admin.segments import SegmentAdmin
from engagement.admin.templates import TemplateAdmin

__all__ = [
    "CampaignAdmin",
    "EnrolmentAdmin",
    "GuideAdmin",
    "JourneyAdmin",
    "MessageAdmin",
    "SegmentAdmin",
    "SuppressionAdmin",
    "TemplateAdmin",
]
