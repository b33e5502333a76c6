"""Django's admin, dressed: same machinery, our words and our log-in."""

from allauth.account.decorators import secure_admin_login
from django.contrib.admin import AdminSite


class BackOffice(AdminSite):
    """The staff's site. Log-in goes through allauth, so its limits hold here too."""

    site_title = site_header = "Porchlight"
    index_title = "Back-office"
    enable_nav_sidebar = True


BackOffice.login = secure_admin_login(BackOffice.login)  # type: ignore[method-assign]
