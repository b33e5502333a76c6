from django.urls import path

from returns.warehouse import acts, pages, station

PARCEL = "<str:number>/<int:position>/"

urlpatterns = [
    path("", station.desk, name="warehouse"),
    path("scan/", station.scan, name="warehouse_scan"),
    path("unknown/", station.unknown, name="warehouse_unknown"),
    path("unasked/", station.unasked, name="warehouse_unasked"),
    path("photo/<uuid:public_id>/", pages.photo, name="warehouse_photo"),
    path("<str:number>/", pages.ret, name="warehouse_return"),
    path("<str:number>/another/", acts.another, name="warehouse_another"),
    path(PARCEL, pages.parcel, name="warehouse_parcel"),
    path(PARCEL + "receive/", acts.receive, name="warehouse_receive"),
    path(PARCEL + "scan/", acts.scan, name="warehouse_item"),
    path(PARCEL + "lay-in/", acts.lay_in, name="warehouse_lay_in"),
    path(PARCEL + "take-out/", acts.take_out, name="warehouse_take_out"),
    path(PARCEL + "look/", acts.look, name="warehouse_look"),
    path(PARCEL + "unexpected/", acts.unexpected, name="warehouse_unexpected"),
    path(PARCEL + "drop/", acts.drop, name="warehouse_drop"),
    path(PARCEL + "finish/", acts.finish, name="warehouse_finish"),
    path(PARCEL + "close/", acts.close, name="warehouse_close"),
    path(PARCEL + "take-over/", acts.take_over, name="warehouse_take_over"),
]
