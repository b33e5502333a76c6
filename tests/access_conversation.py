"""
Who gets which answer at the pages on which shoppers say what they want, and read what we sent: method, name,
which token, then the status for anonymous, guest A, guest B, shopper A, shopper B, staff without rights,
superuser.
"""

CONVERSATION = """
GET  unsubscribe                unsubscribe 200 200 200 200 200 200 200
POST unsubscribe                unsubscribe 200 200 200 200 200 200 200
GET  unsubscribe                preferences 404 404 404 404 404 404 404
POST unsubscribe                preferences 404 404 404 404 404 404 404
POST unsubscribe                act         404 404 404 404 404 404 404
POST unsubscribe                unknown     404 404 404 404 404 404 404
GET  preferences                preferences 200 200 200 200 200 200 200
POST preferences                preferences 200 200 200 200 200 200 200
GET  preferences                unsubscribe 404 404 404 404 404 404 404
POST preferences                unsubscribe 404 404 404 404 404 404 404
POST preferences                unknown     404 404 404 404 404 404 404
GET  preferences_number         preferences 404 404 404 404 404 404 404
POST preferences_number         unknown     404 404 404 404 404 404 404
GET  account_preferences        -           302 302 302 200 200 404 404
POST account_preferences        -           302 302 302 200 200 404 404
GET  account_preferences_number -           302 302 302 404 404 404 404
POST account_preferences_number -           302 302 302 404 404 404 404
GET  account_messages           -           302 302 302 200 200 200 200
POST account_messages           -           302 302 302 405 405 405 405
GET  account_messages_read      -           302 302 302 405 405 405 405
POST account_messages_read      -           302 302 302 302 302 302 302
GET  order_inbox                act         405 405 405 405 405 405 405
POST order_inbox                act         302 302 302 302 302 302 302
POST order_inbox                view        404 404 404 404 404 404 404
POST order_inbox                share       404 404 404 404 404 404 404
POST order_inbox                ended       404 404 404 404 404 404 404
GET  order_push                 act         405 405 405 405 405 405 405
POST order_push                 act         400 400 400 400 400 400 400
POST order_push                 share       404 404 404 404 404 404 404
POST order_push                 unknown     404 404 404 404 404 404 404
POST order_push_stop            act         200 200 200 200 200 200 200
POST order_push_stop            share       404 404 404 404 404 404 404
GET  click                      click       302 302 302 302 302 302 302
POST click                      click       405 405 405 405 405 405 405
GET  click                      unsubscribe 404 404 404 404 404 404 404
GET  click                      unknown     404 404 404 404 404 404 404
GET  service_worker             -           200 200 200 200 200 200 200
POST service_worker             -           405 405 405 405 405 405 405
GET  sms_webhook                -           405 405 405 405 405 405 405
POST sms_webhook                -           404 404 404 404 404 404 404
"""
