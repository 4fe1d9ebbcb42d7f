# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files and surroundings for openstacksdk and the collection: where both find the same, and where they differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

HOME = ".config/openstack"
CLOUDS, SECURE, PUBLIC = f"{HOME}/clouds.yaml", f"{HOME}/secure.yaml", f"{HOME}/clouds-public.yaml"


@dataclass(frozen=True)
class Row:
    """One home directory, one environment, and the cloud and region that are asked for.

    :param files: by their paths below the home directory; ``here/`` is the working directory.
    """

    name: str
    files: Mapping[str, str] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    cloud: str = ""
    region: str = ""


@dataclass(frozen=True)
class Difference(Row):
    """A row for which the two differ on purpose.

    :param name: the first column of its row in the documentation.
    :param ours: what is found here, by the names of Found; or a part of the message.
    :param theirs: the same of openstacksdk; a text is the name of its exception.
    """

    ours: Mapping[str, object] | str = ""
    theirs: Mapping[str, object] | str = ""


def entry(*lines: str, auth: str = "", name: str = "lab") -> str:
    """A clouds file with one entry; auth is put behind a login that is complete."""
    login = "auth_url: https://ks.example.com/v3, username: operator, password: secret-1, user_domain_name: Default"
    own = (f"auth: {{{login}, project_name: operations, project_domain_name: Default{auth}}}", *lines)
    return "\n    ".join((f"clouds:\n  {name}:", *own)) + "\n"


def bare(*lines: str, name: str = "lab") -> str:
    """A clouds file with one entry of these lines."""
    return "\n    ".join((f"clouds:\n  {name}:", *lines)) + "\n"


BESIDE = (
    "auth_url: https://ks.example.com/v3",
    "username: operator",
    "password: secret-1",
    "user_domain_name: Default",
    "project_name: operations",
    "project_domain_name: Default",
)
REGIONS = """clouds:
  lab:
    auth: {username: operator, password: secret-1, user_domain_name: Default, project_id: p1}
    interface: public
    regions:
      - name: One
        values:
          auth: {auth_url: https://one.example.com/v3}
      - name: Two
        values:
          auth: {auth-url: https://two.example.com/v3, password: secret-2}
          interface: internal
      - name: Three
        values: {auth: {auth_url: https://three.example.com/v3}, interface: null}
"""
PROFILE = "public-clouds:\n  vendor:\n    auth: {auth_url: 'https://v.example.com/v3'}\n"
WITHOUT_URL = "auth: {username: operator, password: secret-1, user_domain_name: Default, project_id: p1}"
ENVIRONMENT = {
    "OS_AUTH_URL": "https://env.example.com/v3",
    "OS_USERNAME": "operator",
    "OS_PASSWORD": "secret-env",
    "OS_USER_DOMAIN_NAME": "Default",
    "OS_PROJECT_ID": "penv",
    "OS_REGION_NAME": "RegionEnv",
    "OS_INTERFACE": "admin",
}
CREDENTIAL = "application_credential_id: c1, application_credential_secret: secret-1"

SAME = (
    Row("all-under-auth", {CLOUDS: entry("region_name: One", "interface: internal")}),
    Row("named-by-option", {CLOUDS: entry() + entry(name="other").removeprefix("clouds:\n")}, cloud="other"),
    Row("named-by-variable", {CLOUDS: entry() + entry(name="other").removeprefix("clouds:\n")}, {"OS_CLOUD": "other"}),
    # regions
    Row("region-with-values", {CLOUDS: REGIONS}, region="Two"),
    Row("region-with-values-first-of-several", {CLOUDS: REGIONS}),
    Row("region-with-a-null-value", {CLOUDS: REGIONS}, region="Three"),
    Row("regions-by-name", {CLOUDS: entry("regions: [One, Two]")}, region="Two"),
    Row("regions-by-name-first", {CLOUDS: entry("regions: [One, Two]")}),
    Row("regions-beat-region-name", {CLOUDS: entry("region_name: Zero", "regions: [One, Two]")}),
    Row("region-name-as-list", {CLOUDS: entry("region_name: [One, Two]")}),
    Row("region-name-with-commas", {CLOUDS: entry("region_name: One,Two")}, region="Two"),
    Row("regions-in-secure", {CLOUDS: bare(WITHOUT_URL), SECURE: REGIONS}, region="Two"),
    Row("region-of-compute", {CLOUDS: entry("region_name: One", "compute_region_name: Two")}),
    # beside auth
    Row("part-beside-auth", {CLOUDS: bare("auth: {auth_url: 'https://ks.example.com/v3'}", *BESIDE[1:])}),
    Row("whole-beside-auth", {CLOUDS: bare(*BESIDE)}),
    Row("project-beside-beats-auth", {CLOUDS: entry("project_name: other")}),
    Row("password-in-auth-beats-beside", {CLOUDS: entry("password: other", "auth_url: https://other.example.com/v3")}),
    Row("domain-id-beside-auth", {CLOUDS: bare(*BESIDE[:3], "project_name: operations", "domain_id: default")}),
    Row("domain-name-in-auth", {CLOUDS: bare(*BESIDE[:3], "project_name: p", "auth: {domain_name: Default}")}),
    Row("default-domain", {CLOUDS: bare(*BESIDE[:3], "project_name: p", "default_domain_name: Default")}),
    Row("beside-auth-in-secure", {CLOUDS: bare(*BESIDE[:2], *BESIDE[3:]), SECURE: bare("password: secret-s")}),
    Row("tenant", {CLOUDS: bare(*BESIDE[:4], "tenant_name: t", "project_domain_id: default")}),
    Row("project-beats-tenant", {CLOUDS: entry("tenant_name: t")}),
    Row("user-name", {CLOUDS: bare(BESIDE[0], "user_name: operator", *BESIDE[2:])}),
    Row("token-beside-auth", {CLOUDS: bare(BESIDE[0], "auth_type: token", "token: secret-t", "project_id: p")}),
    Row("auth-token", {CLOUDS: bare(BESIDE[0], "auth_type: v3token", "auth_token: secret-t", "project_id: p")}),
    Row(
        "application-credential",
        {
            CLOUDS: bare(
                f"auth: {{{CREDENTIAL}, auth_url: 'https://ks.example.com'}}", "auth_type: v3applicationcredential"
            )
        },
    ),
    Row(
        "application-credential-beside-auth",
        {CLOUDS: bare(*CREDENTIAL.split(", "), BESIDE[0], "auth_type: v3applicationcredential")},
    ),
    # spelling
    Row("hyphens", {CLOUDS: bare(*(line.replace("_", "-") for line in BESIDE), "region-name: One")}),
    Row(
        "hyphens-under-auth",
        {CLOUDS: bare("auth: {auth-url: 'https://ks.example.com/v3', user-id: u, project-id: p, password: secret-1}")},
    ),
    Row("hyphens-in-secure", {CLOUDS: bare(*BESIDE[:1], *BESIDE[2:]), SECURE: bare("auth: {user-id: u9}")}),
    Row(
        "hyphens-in-profile",
        {
            CLOUDS: bare("profile: vendor", WITHOUT_URL),
            PUBLIC: "public-clouds:\n  vendor:\n    auth: {auth-url: 'https://v.example.com/v3'}\n",
        },
    ),
    Row(
        "nulls",
        {CLOUDS: entry("cacert:", "compute_endpoint_override: null", "insecure: ~", auth=", user_id: ~")},
    ),
    Row("quoted-digits", {CLOUDS: bare(*BESIDE[:2], "password: '0123'", *BESIDE[3:])}),
    Row("quoted-null", {CLOUDS: bare(*BESIDE[:2], "password: 'null'", *BESIDE[3:])}),
    Row(
        "anchors",
        {CLOUDS: "base: &base {region_name: One, verify: false}\n" + entry("<<: *base", "interface: internal")},
    ),
    Row("keystone-version", {CLOUDS: entry("identity_api_version: 3", "auth_type: v3password", "region_name: One")}),
    # secure.yaml and clouds-public.yaml
    Row("secret-in-secure", {CLOUDS: entry(), SECURE: bare("auth: {password: secret-s}")}),
    Row("cloud-in-secure-only", {SECURE: entry()}),
    Row("secure-has-others", {CLOUDS: entry(), SECURE: entry(name="other")}, cloud="lab"),
    Row("secure-is-empty", {CLOUDS: entry(), SECURE: ""}),
    Row("profile", {CLOUDS: bare("profile: vendor", WITHOUT_URL), PUBLIC: PROFILE + "    region_name: R\n"}),
    Row("profile-by-its-old-name", {CLOUDS: bare("cloud: vendor", WITHOUT_URL), PUBLIC: PROFILE}),
    Row(
        "profile-with-regions",
        {
            CLOUDS: bare("profile: vendor", WITHOUT_URL),
            PUBLIC: PROFILE + "    regions: [{name: A}, {name: B, values: {interface: admin}}]\n",
        },
        region="B",
    ),
    Row(
        "region-in-the-url",
        {
            CLOUDS: bare("profile: vendor", WITHOUT_URL),
            PUBLIC: PROFILE.replace("v.ex", "{region_name}.ex") + "    regions: [a-1, b-2]\n",
        },
        region="b-2",
    ),
    Row("unknown-profile-with-url", {CLOUDS: entry("profile: nobody-knows")}),
    # certificates
    Row("cacert", {CLOUDS: entry("cacert: ~/ca.pem")}),
    Row("verify-off", {CLOUDS: entry("verify: false", "cacert: ~/nothing.pem")}),
    Row("insecure", {CLOUDS: entry("insecure: true", "cacert: ~/nothing.pem")}),
    # what the compute service has of its own
    Row("interface-of-compute", {CLOUDS: entry("interface: internal", "compute_interface: admin")}),
    Row("endpoint-type", {CLOUDS: entry("interface: internal", "endpoint_type: admin")}),
    Row("endpoint-type-of-compute", {CLOUDS: entry("compute_endpoint_type: admin", "interface: internal")}),
    Row("endpoint-override", {CLOUDS: entry("compute_endpoint_override: https://nova.example.com/v2.1")}),
    Row("endpoint-of-compute", {CLOUDS: entry("compute_endpoint: https://nova.example.com/v2.1")}),
    Row(
        "region-in-the-endpoint",
        {CLOUDS: entry("compute_endpoint_override: 'https://{region_name}.example.com/v2.1'", "region_name: one")},
    ),
    # where files are
    Row("yml", {f"{HOME}/clouds.yml": entry()}),
    Row(
        "json",
        {
            f"{HOME}/clouds.json": '{"clouds": {"lab": {"auth_url": "https://j.example.com/v3", "user_id": "u", '
            '"password": "secret-1", "project_id": "p", "verify": false}}}'
        },
    ),
    Row("working-directory-first", {CLOUDS: entry(), "here/clouds.yaml": bare(WITHOUT_URL, BESIDE[0])}),
    Row("xdg", {"xdg/openstack/clouds.yaml": entry(), CLOUDS: bare(*BESIDE)}, {"XDG_CONFIG_HOME": "{home}/xdg"}),
    Row(
        "named-file", {"own/lab.yaml": entry(), CLOUDS: bare(*BESIDE)}, {"OS_CLIENT_CONFIG_FILE": "{home}/own/lab.yaml"}
    ),
    Row(
        "named-secure-file",
        {CLOUDS: entry(), "own/s.yaml": bare("auth: {password: secret-o}")},
        {"OS_CLIENT_SECURE_FILE": "{home}/own/s.yaml"},
    ),
    # the environment
    Row("environment", {CLOUDS: entry()}, ENVIRONMENT),
    Row("environment-by-its-name", {CLOUDS: entry()}, {**ENVIRONMENT, "OS_CLOUD": "envvars"}),
    Row(
        "environment-by-a-name-of-its-own",
        {CLOUDS: entry()},
        {**ENVIRONMENT, "OS_CLOUD": "mine", "OS_CLOUD_NAME": "mine"},
    ),
    Row("environment-behind-a-cloud", {CLOUDS: entry()}, {**ENVIRONMENT, "OS_CLOUD": "lab"}),
    Row("environment-cacert", {}, {**ENVIRONMENT, "OS_CACERT": "~/ca.pem"}),
    Row("environment-insecure", {}, {**ENVIRONMENT, "OS_INSECURE": "true", "OS_CACERT": "~/nothing.pem"}),
    Row(
        "environment-token",
        {},
        {"OS_AUTH_URL": "https://e.example.com/v3", "OS_TOKEN": "secret-t", "OS_AUTH_TYPE": "token"},
    ),
    Row(
        "environment-auth-token",
        {},
        {"OS_AUTH_URL": "https://e.example.com/v3", "OS_AUTH_TOKEN": "secret-t", "OS_AUTH_TYPE": "token"},
    ),
    Row("environment-interface-of-compute", {}, {**ENVIRONMENT, "OS_COMPUTE_INTERFACE": "internal"}),
    Row("environment-endpoint", {}, {**ENVIRONMENT, "OS_COMPUTE_ENDPOINT_OVERRIDE": "https://nova.example.com/v2.1"}),
)

DIFFERENT = (
    Difference(
        "``password: 0123``, ``project_name: yes``",
        {CLOUDS: bare(*BESIDE[:2], "password: 0123", *BESIDE[3:])},
        ours={"secret": "0123"},
        theirs={"secret": "83"},
    ),
    Difference(
        "``project_domain_name: null`` and other names of domain, project and token",
        {CLOUDS: bare(*BESIDE[:3], "project_id: p1", "user_domain_name:", "domain_id: default")},
        ours={"user": ("operator", "", "default", "")},
        theirs={"user": ("operator", "", "default", "None")},
    ),
    Difference(
        "no ``auth_type``",
        {CLOUDS: bare(*CREDENTIAL.split(", "), BESIDE[0])},
        ours={"method": "application_credential", "secret": "secret-1"},
        theirs={"method": "password", "secret": ""},
    ),
    Difference(
        "``user_domain_name`` beside ``domain_id``",
        {CLOUDS: bare(*BESIDE[:4], "project_name: p", "domain_id: d1")},
        ours={"user": ("operator", "", "", "Default")},
        theirs={"user": ("operator", "", "d1", "Default")},
    ),
    Difference(
        "``region-name`` with a hyphen in ``clouds-public.yaml``",
        {CLOUDS: bare("profile: vendor", WITHOUT_URL), PUBLIC: PROFILE + "    region-name: R\n"},
        ours={"region": "R"},
        theirs={"region": ""},
    ),
    Difference(
        "clouds that only ``secure.yaml`` has, beside the only one of ``clouds.yaml``",
        {CLOUDS: entry(), SECURE: entry(name="other")},
        ours={"secret": "secret-1"},
        theirs="MissingRequiredOptions",
    ),
    Difference(
        "the option ``region`` beside ``region_name``",
        {CLOUDS: entry("region_name: One")},
        region="Two",
        ours={"region": "Two"},
        theirs="ConfigException",
    ),
    Difference(
        "``interface`` as a list",
        {CLOUDS: entry("interface: [internal, public]")},
        ours={"interface": "internal"},
        theirs={"interface": ["internal", "public"]},
    ),
    Difference(
        '``verify: "no"``, ``insecure: "1"``, ``OS_INSECURE=1``',
        {},
        {**ENVIRONMENT, "OS_INSECURE": "1"},
        ours={"verify": False},
        theirs={"verify": True},
    ),
    Difference(
        "an environment without ``OS_AUTH_URL``",
        {CLOUDS: entry()},
        {"OS_USERNAME": "somebody"},
        ours={"user": ("operator", "", "", "Default")},
        theirs="MissingRequiredOptions",
    ),
    Difference(
        "``OS_CLIENT_CONFIG_FILE`` names no file",
        {CLOUDS: entry()},
        {"OS_CLIENT_CONFIG_FILE": "{home}/nothing.yaml"},
        ours="OS_CLIENT_CONFIG_FILE names",
        theirs={"secret": "secret-1"},
    ),
    Difference(
        "``~`` in ``OS_CLIENT_CONFIG_FILE`` and ``OS_CLIENT_SECURE_FILE``",
        {"own.yaml": entry(), CLOUDS: bare("auth_url: https://x.example.com", WITHOUT_URL)},
        {"OS_CLIENT_CONFIG_FILE": "~/own.yaml"},
        ours={"auth_url": "https://ks.example.com/v3"},
        theirs={"auth_url": "https://x.example.com/v3"},
    ),
    Difference(
        "``OS_CLIENT_VENDOR_FILE``",
        {"own.yaml": PROFILE, CLOUDS: bare("profile: vendor", WITHOUT_URL)},
        {"OS_CLIENT_VENDOR_FILE": "{home}/own.yaml", "OS_CLOUD": "lab"},
        ours={"auth_url": "https://v.example.com/v3"},
        theirs="MissingRequiredOptions",
    ),
    Difference(
        "profiles that openstacksdk contains",
        {CLOUDS: bare("profile: otc", WITHOUT_URL)},
        ours="the profile 'otc'",
        theirs={"auth_url": "https://iam.eu-de.otc.t-systems.com/v3"},
    ),
    Difference(
        "a file that is not YAML",
        {"here/clouds.yaml": "clouds: [", CLOUDS: entry()},
        ours="it is not YAML",
        theirs={"secret": "secret-1"},
    ),
)
# What both refuse.
REFUSED = (
    Row("unknown-region", {CLOUDS: REGIONS}, region="Four"),
    Row("unknown-region-of-a-list", {CLOUDS: entry("region_name: [One, Two]")}, region="Four"),
    Row("unknown-cloud", {CLOUDS: entry()}, cloud="nobody"),
    Row("several-and-none-named", {CLOUDS: entry() + entry(name="other").removeprefix("clouds:\n")}),
    Row("no-url", {CLOUDS: bare(WITHOUT_URL)}),
    Row("region-without-name", {CLOUDS: entry("regions: [{values: {interface: admin}}]")}),
    Row("region-with-more-than-values", {CLOUDS: entry("regions: [{name: One, interface: admin}]")}, region="One"),
)
