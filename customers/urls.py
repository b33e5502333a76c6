from django.urls import path

from customers import views

urlpatterns = [
    path("brand/<slug:slug>.css", views.brand_css, name="brand_css"),
    path("language/", views.choose_language, name="choose_language"),
]
