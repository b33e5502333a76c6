"""What the conversation tells the stream. Payloads hold ids and facts only."""

# A customer came into a segment, or left it. {segment_id, segment}
SEGMENT_ENTERED = "engagement.segment.entered"
SEGMENT_LEFT = "engagement.segment.left"

# A customer came into a higher loyalty tier. {tier, before}
TIER_REACHED = "engagement.tier.reached"

# A step of a journey told partners or staff. {journey_id, enrolment_id, step, name, ...}
JOURNEY_CALLED = "engagement.journey.called"

# A person followed a link. {message_id, kind, url}
MESSAGE_CLICKED = "engagement.message.clicked"

# A question was answered. {answer_id, kind, score, order_id}
SURVEY_ANSWERED = "engagement.survey.answered"

# Somebody switched marketing off by a link of a message, or by STOP. {channel, message_id}
UNSUBSCRIBED = "engagement.message.unsubscribed"

# A campaign began and ended. {campaign_id, total}
CAMPAIGN_STARTED = "engagement.campaign.started"
CAMPAIGN_DONE = "engagement.campaign.done"
