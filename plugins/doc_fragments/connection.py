# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Options that all modules and plugins share; plugins/module_utils/_options.py has their argument spec."""

    DOCUMENTATION = r"""
options:
  provider:
    description:
      - The cloud to call.
    type: str
    choices: [alibaba, huawei, openstack]
    default: alibaba
  region:
    description:
      - The region of the instance, for example V(cn-hangzhou).
    type: str
  endpoint:
    description:
      - The URL to call instead of the one for O(region), V(https://host) or V(https://host:port).
      - For VPC endpoints, private clouds and tests.
      - Plain V(http) is accepted for loopback addresses only, unless O(allow_plain_http=true).
    type: str
  profile:
    description:
      - The name of a profile in the vendor's own file, V(~/.aliyun/config.json) for Alibaba Cloud and a section of
        V(~/.huaweicloud/credentials) for Huawei Cloud.
      - Without it, and without O(access_key_id), the sources of the vendor's SDK are read in its order.
      - For Alibaba Cloud these are the environment, an OIDC token, the current profile of the command line,
        V(~/.alibabacloud/credentials.ini), the RAM role of the ECS instance, and E(ALIBABA_CLOUD_CREDENTIALS_URI). The
        modes V(AK), V(StsToken), V(RamRoleArn), V(ChainableRamRoleArn), V(EcsRamRole), V(CredentialsURI), V(External)
        and V(OIDC) are supported. Set E(ALIBABA_CLOUD_ECS_METADATA_DISABLED) to V(true) to never call the metadata
        service.
      - For Huawei Cloud these are the environment, the section V(basic) of the file, and the agency of the ECS.
        E(HUAWEICLOUD_SDK_CREDENTIALS_FILE) names another file.
      - Temporary credentials are renewed during a run.
    type: str
  access_key_id:
    description:
      - The id of the access key.
      - E(ALIBABA_CLOUD_ACCESS_KEY_ID), for Huawei Cloud E(HUAWEICLOUD_SDK_AK), is used if neither this option nor
        O(profile) is set.
    type: str
  access_key_secret:
    description:
      - The secret of the access key.
      - E(ALIBABA_CLOUD_ACCESS_KEY_SECRET), for Huawei Cloud E(HUAWEICLOUD_SDK_SK), is used if neither O(access_key_id)
        nor O(profile) is set.
    type: str
  security_token:
    description:
      - The token of temporary credentials.
      - E(ALIBABA_CLOUD_SECURITY_TOKEN), for Huawei Cloud E(HUAWEICLOUD_SDK_SECURITY_TOKEN), is used if neither
        O(access_key_id) nor O(profile) is set.
    type: str
  project_id:
    description:
      - The project of the instance, on Huawei Cloud and OpenStack.
      - On Huawei Cloud, the default comes from the source of the access key, which is E(HUAWEICLOUD_SDK_PROJECT_ID) for
        a key from the environment; otherwise it is the project with the name of O(region).
      - On OpenStack, it overrides the project of O(auth) or of the entry of O(cloud).
    type: str
  api:
    description:
      - The call for console URLs on Huawei Cloud, V(ecs) for v1, or V(nova) for v2.1 if v1 lacks the call.
    type: str
    choices: [ecs, nova]
    default: ecs
  cloud:
    description:
      - The entry of C(clouds.yaml) to use for OpenStack. A file with one entry needs no name.
      - E(OS_CLOUD) is used if neither this option nor O(auth) with an C(auth_url) is set.
    type: str
  auth:
    description:
      - The login for OpenStack, with the names of C(auth) in C(clouds.yaml).
      - Overrides the entry of O(cloud). Usable alone if it has an C(auth_url) and O(cloud) is not set.
    type: dict
    suboptions:
      auth_url:
        description: The URL of Keystone.
        type: str
      username:
        description: The name of the user.
        type: str
      user_id:
        description: The id of the user.
        type: str
      password:
        description: The password of the user.
        type: str
      user_domain_id:
        description: The id of the user's domain.
        type: str
      user_domain_name:
        description: The name of the user's domain.
        type: str
      project_id:
        description: The id of the project.
        type: str
      project_name:
        description: The name of the project.
        type: str
      project_domain_id:
        description: The id of the project's domain.
        type: str
      project_domain_name:
        description: The name of the project's domain.
        type: str
      tenant_id:
        description: An older name of C(project_id).
        type: str
      tenant_name:
        description: An older name of C(project_name).
        type: str
      domain_id:
        description: The id of a domain to scope to.
        type: str
      domain_name:
        description: The name of a domain to scope to.
        type: str
      default_domain:
        description: The id of the domain if no other is set.
        type: str
      default_domain_id:
        description: The id of the domain if no other is set.
        type: str
      default_domain_name:
        description: The name of the domain if no other is set.
        type: str
      application_credential_id:
        description: The id of an application credential.
        type: str
      application_credential_name:
        description: The name of an application credential.
        type: str
      application_credential_secret:
        description: The secret of an application credential.
        type: str
      token:
        description: A token, instead of a password.
        type: str
      trust_id:
        description: Not supported, and refused.
        type: str
      system_scope:
        description: Not supported, and refused.
        type: str
  auth_type:
    description:
      - The kind of O(auth), V(password), V(v3password), V(v3applicationcredential), V(token) or V(v3token).
      - By default, the kind whose secret is set.
    type: str
  interface:
    description:
      - The interface in OpenStack's catalogue, public by default.
    type: str
    choices: [public, internal, admin]
  validate_certs:
    description:
      - Whether the certificate of the endpoint must be valid. Turn this off in tests only.
    type: bool
    default: true
  ca_cert:
    description:
      - A PEM file of certificate authorities to trust instead of the system's.
    type: path
  allow_plain_http:
    description:
      - Whether O(endpoint) may be unencrypted although it is not this machine.
      - Passwords then cross the network in clear text.
    type: bool
    default: false
  timeout:
    description:
      - Seconds for one try of one call, from connecting to the last byte of the answer; from 0.1 to 600.
    type: float
    default: 15.0
  retries:
    description:
      - How often a call is tried again after a passing fault, from 0 to 20. V(0) is one try of each call.
      - In a module, a throttled call counts as a try, and the next one follows after the pause that the cloud requests,
        at most 8 seconds. A rotation slows down instead, and throttling does not count.
      - A refused signature is never tried again. An expired token is always renewed once.
    type: int
    default: 3
requirements:
  - httpx >= 0.27
  - pydantic >= 2.7
notes:
  - The host that runs the task makes the calls. Use C(delegate_to) to run it on the controller.
"""
