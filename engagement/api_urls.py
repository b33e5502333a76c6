"""Addresses under /api/v1/ of the conversation. They come before tracking's, whose last one catches all."""

from django.urls import path

from engagement.api.events import Events
from engagement.api.journeys import Enrol, Enrolments, Journeys, OneJourney
from engagement.api.segments import Members, OneSegment, Segments

urlpatterns = [
    path("events/", Events.as_view(), name="api_events"),
    path("journeys/", Journeys.as_view(), name="api_journeys"),
    path("journeys/<uuid:public_id>/", OneJourney.as_view(), name="api_journey"),
    path("journeys/<uuid:public_id>/enrol/", Enrol.as_view(), name="api_journey_enrol"),
    path("journeys/<uuid:public_id>/enrolments/", Enrolments.as_view(), name="api_journey_enrolments"),
    path("segments/", Segments.as_view(), name="api_segments"),
    path("segments/<uuid:public_id>/", OneSegment.as_view(), name="api_segment"),
    path("segments/<uuid:public_id>/members/", Members.as_view(), name="api_segment_members"),
]
