/**
 * The names that API Manager 3.2.0 reads from deployment.toml: tables, each with its keys. `name[]` is an array of tables,
 * `*` is everything below. Gathered from its templates, rules and mappings. Of four templates nothing is known: captcha,
 * consent, tenants and metrics.
 */
export const readTables = `
-: security_audit synapse_handlers
ContainerMgtClusterConfig[]: class clusterName displayName type
ContainerMgtClusterConfig[].properties: *
ContainerMgtConfig: *
admin_console.authenticator: iwa_ui_authenticator
admin_console.authenticator.custom[]: enable id name priority
admin_console.authenticator.custom[].config: *
admin_console.authenticator.iwa_ui_authenticator: config enable priority
admin_console.authenticator.mutual_ssl_authenticator: enable priority username_header white_list white_list_enabled
admin_console.authenticator.mutual_ssl_authenticator.config: *
admin_console.authenticator.saml_sso_authenticator: assertion_consumer_service_url assertion_signature_validation_enabled attribute_value_separator enable identity_provider_sso_service_url idp_cert_alias jit_user_provisioning_enabled login_attribute_name login_page name_id_policy_format priority provisioning_default_role provisioning_default_userstore response_signature_validation_enabled role_claim_attribute service_provider_id skip_authenticator_urls skip_session_validation_urls super_admin_role_required
admin_console.authenticator.saml_sso_authenticator.config: *
admin_console.authenticator.saml_sso_authenticator.skip_authenticator_urls[]: *
admin_console.authenticator.saml_sso_authenticator.skip_session_validation_urls[]: *
admin_console.authenticator.token_ui_authenticator: config enable priority
admin_console.authenticator.token_ui_authenticator.config: *
admin_service.wsdl: enable
apim: ai_security enable_change_password enable_secure_vault gateway_type idp redis_config skip_roles_by_regex
apim.ai_security: access_key apply_for_all ase_token backup_sideband_request_endpoint cash_expiry_time data_publisher limit_transport_headers model_creation_endpoint operation_mode secret_key sideband_request_endpoint skip_cert_validation stack_object_pool threadpool_executor
apim.ai_security.data_publisher: connection_timeout max_open_connections max_per_route
apim.ai_security.limit_transport_headers[]: *
apim.ai_security.stack_object_pool: init_idle_capacity max_idle
apim.ai_security.threadpool_executor: core_pool_size keep_alive_time max_pool_size
apim.analytics: enable event_publisher_impl password provider_impl publish_response_size receiver_auth_urls receiver_password receiver_urls receiver_username store_api_password store_api_url store_api_username url_group username
apim.analytics.url_group[]: analytics_auth_url analytics_url type
apim.auth_manager: service_url
apim.cache: token_expiry_time
apim.cache.gateway_token: enable expiry_time
apim.cache.jwt_claim: enable expiry_time
apim.cache.km_token: enable expiry_time
apim.cache.publisher_roles: enable
apim.cache.recent_apis: enable
apim.cache.resource: enable expiry_time
apim.cache.restapi_cache_control_headers: enable max_age
apim.cache.restapi_token: enable expiry_time
apim.cache.scopes: enable
apim.cache.tags: expiry_time
apim.certificate_reloader: period
apim.cors: allow_credentials enable expose_headers
apim.cors.allow_headers[]: *
apim.cors.allow_methods[]: *
apim.cors.allow_origins[]: *
apim.cors.expose_headers[]: *
apim.datasource: name
apim.datasource_sync_runtime_artifacts: name
apim.devportal: api_key_alias application_attributes application_sharing_claim application_sharing_impl application_sharing_type display_deprecated_apis display_multiple_versions enable_anonymous_mode enable_application_sharing enable_comments enable_cross_tenant_subscriptions enable_forum enable_key_provisioning enable_ratings login_username_case_insensitive recommendations url
apim.devportal.application_attributes[]: default description hidden name required
apim.devportal.recommendations: apply_for_all_tenants consumer_key consumer_secret max_recommendations oauth_endpoint password recommendations_api username wait_duration
apim.event_hub: enable event_listening_endpoints event_type init_delay java_naming_factory_initial password service_url username
apim.event_hub.event_listening_endpoints[]: *
apim.event_hub.publish: url_group
apim.event_hub.publish.url_group[]: auth_urls type urls
apim.gateway.environment[]: description display_in_api_console http_endpoint https_endpoint name password service_url show_as_token_endpoint_url type username ws_endpoint wss_endpoint
apim.http_client: default_max_per_route max_total
apim.idp: authorize_endpoint oidc_check_session_endpoint oidc_logout_endpoint server_url
apim.jwt: claim_dialect claims_extractor_impl convert_dialect enable enable_user_claims encoding expiry_time generator_impl header signing_algorithm
apim.jwt.gateway_generator: impl
apim.jwt.gateway_generator.excluded_claims[]: *
apim.jwt.issuer[]: consumer_key_claim disable_default_claim_mapping name scopes_claim
apim.jwt.issuer[].claim_mapping: *
apim.jwt.issuer[].jwks: url
apim.key_manager: enable_provisioned_app_validation enable_retriever key_validation_handler_impl key_validation_handler_type password service_url type username
apim.monetization: additional_attributes granularity monetization_impl publish_duration
apim.monetization.additional_attributes[]: default description display_name name required
apim.notification: enable_authentication enable_start_tls from_address hostname password port username
apim.oauth_config: auth_header default_app_scope enable_outbound_auth_header enable_token_encryption enable_token_hashing revoke_endpoint revoke_endpoint_context scope_issuer set_jwt_as_opaque_token token_endpoint_context
apim.oauth_config.allowed_scopes[]: *
apim.open_tracer.log_tracer: enable
apim.open_tracer.remote_tracer: enable name
apim.open_tracer.remote_tracer.properties: hostname port
apim.publisher: doc_visibility enable_api_doc_visibility subscriber_claims
apim.redis_config: connection_timeout database_id host password port ssl user
apim.rest_api: allowed_uri
apim.rest_api.allowed_uri[]: http_method uri_path
apim.sdk: api_package artifact_id group_id model_package supported_languages
apim.skip_roles_by_regex: regex
apim.sync_runtime_artifacts: gateway publisher
apim.sync_runtime_artifacts.gateway: artifact_retriever data_retrieval_mode deployment_retry_duration event_waiting_time gateway_labels
apim.sync_runtime_artifacts.gateway.gateway_labels[]: *
apim.sync_runtime_artifacts.publisher: artifact_saver publish_directly_to_gateway
apim.throttling: decision_connection_type enable_blacklist_condition enable_data_publishing enable_decision_connection enable_header_based_throttling enable_jwt_claim_based_throttling enable_persistence enable_policy_deploy enable_query_param_based_throttling enable_unlimited_tier event_duplicate_url event_type password receiver_auth_url receiver_password receiver_url receiver_username service_url throttle_decision_endpoints url_group username
apim.throttling.blacklist_condition: period start_delay
apim.throttling.event_duplicate_url[]: *
apim.throttling.event_management: hostname port
apim.throttling.event_sync: hostname port
apim.throttling.jms: conn_jndi_name destination_type java_naming_factory_initial password start_delay topic_connection_factory username
apim.throttling.policy_deploy: password username
apim.throttling.publisher: init_idle_size keep_alive_time max_idle max_pool_size pool_size
apim.throttling.throttle_decision_endpoints[]: *
apim.throttling.url_group[]: traffic_manager_auth_urls traffic_manager_urls type
apim.token.revocation: enable_persistent_notifier enable_realtime_notifier notifier_impl
apim.token.revocation.persistent_notifier: *
apim.token.revocation.realtime_notifier: *
apim.workflow: callback_endpoint client_registration_endpoint client_registration_password client_registration_username enable list_pending_tasks service_url token_endpoint wf_engine_pass wf_engine_user
apim.wss: out_dispatch_seq port ssl_enabled_protocols
apim.wss.client.side.broadcast: level
apim.wss.dispatch: sequence
apim.wss.dispatch.custom: sequence
apim.wss.dispatch.on_error: sequence
apim.wss.handler: class
apim.wss.keystore: key_password location password
apim.wss.outflow.dispatch.fault: sequence
apim.wss.subprotocol.handler: class
apimgt.mutual_ssl: certificate_header enable_client_validation
audit.log: loggable_user_claim
audit.log.loggable_user_claim[]: *
authentication: map_federated_users_to_local proxy_mode sign_auth_response_with_tenant_of
authentication.adaptive: async_executer_pool_size
authentication.adaptive.event_publisher: authentication_type url
authentication.adaptive.event_publisher.authentication.basic: enable password username
authentication.adaptive.http_connections: connection_timeout default_timeout max max_per_route read_timeout request_timeout
authentication.adaptive.long_wait: page_refresh_interval prompt timout
authentication.analytics: publish_authentication_event_types publish_session_event_types
authentication.auditing: log_event_types
authentication.authenticator: *
authentication.consent: prompt
authentication.custom_authenticator[]: alias name
authentication.custom_authenticator[].parameters: *
authentication.endpoint: enable_custom_claim_mappings
authentication.endpoint.query_params: filter_policy
authentication.endpoint.query_params.filter_parameters[]: *
authentication.endpoint.redirect_params: filter_policy remove_on_consume_from_api
authentication.endpoint.redirect_params.parameters[]: *
authentication.endpoints: login_url request_missing_claims_url retry_url
authentication.framework.extensions: authentication_request_handler callback_factory claim_handler home_realm_discoverer logout_request_handler provisioning_handler request_coordinator request_path_sequence_handler step_based_sequence_handler step_handler
authentication.jit_provisioning: password_provisioning_url username_provisioning_url
authentication_policy: check_account_exist
authorization_manager: class
authorization_manager.properties: *
broker.transport.amqp: allow_shared_topic_subscriptions allow_strict_name_validation bind_address enabled maximum_redelivery_attempts
broker.transport.amqp.default_connection: enabled port
broker.transport.amqp.ssl_connection: ciphers enabled port ssl_enabled_protocols
broker.transport.amqp.ssl_connection.keystore: cert_type location password
broker.transport.amqp.ssl_connection.truststore: cert_type location password
cache: default_capacity default_timeout
cache.app_info_cache: capacity enable timeout
cache.authentication_context_cache: capacity enable timeout
cache.authentication_request_cache: capacity enable timeout
cache.authentication_result_cache: capacity enable timeout
cache.authorization_grant_cache: capacity enable timeout
cache.framework_session_context_cache: capacity enable timeout
cache.idp_cache_by_auth_property: capacity enable timeout
cache.idp_cache_by_hri: capacity enable timeout
cache.idp_cache_by_name: capacity enable timeout
cache.jwks_cache: capacity enable timeout
cache.manager[]: capacity name timeout
cache.oauth_cache: capacity enable timeout
cache.oauth_scope_cache: capacity enable timeout
cache.oauth_session_data_cache: capacity enable timeout
cache.provisioning_connector_cache: capacity enable timeout
cache.provisioning_entity_cache: capacity enable timeout
cache.saml_sso_participant_cache: capacity enable timeout
cache.saml_sso_session_data_cache: capacity enable timeout
cache.saml_sso_session_index_cache: capacity enable timeout
cache.service_provider_cache: capacity enable timeout
cache.service_provider_cache_id: capacity enable timeout
cache.service_provider_cache_inbound_auth: capacity enable timeout
cache.service_provider_provisioning_connector_cache: capacity enable timeout
carbon_health_check: enable
carbon_health_check.health_checker.data_source_health_checker: enable order pool_usage_limit_percentage
carbon_health_check.health_checker.data_source_health_checker.properties: *
carbon_health_check.health_checker.super_tenant_health_checker: enable order
carbon_health_check.health_checker.super_tenant_health_checker.properties: *
clustering: domain local_member_host local_member_port logging_type membership_scheme shutdown_hook_enable
clustering.members[]: *
clustering.properties: *
config_data: cache_id enable_cache overwrite path
configuration.store.query_length: max
custom_indexers[]: class media_type_regex
custom_message_builders[]: class content_type
custom_message_formatters[]: class content_type
database: config sync_runtime_artifacts_db user
database.apim_db: driver hostname name password port sid type url username validationQuery
database.apim_db.pool_options: *
database.config: driver hostname name password port sid type url username validationQuery
database.config.pool_options: *
database.local: driver hostname name password port sid type url username validationQuery
database.local.pool_options: *
database.shared_db: driver hostname name password port sid type url username validationQuery
database.shared_db.pool_options: *
database.sync_runtime_artifacts_db: driver hostname name password port sid type url username validationQuery
database.sync_runtime_artifacts_db.pool_options: *
database.user: driver hostname name password port sid type url username validationQuery
database.user.pool_options: *
database_configuration: enable_h2_console
datasource[]: driver id password url username validationQuery
datasource[].pool_options: *
enabled_global_handlers[]: *
encryption: internal_crypto_provider key type
entitlement.thrift: client_timeout enable hostname receiver_port
entitlement.thrift.key_store: id password
error_page.code_400: location
error_page.code_401: location
error_page.code_403: location
error_page.code_404: location
error_page.code_405: location
error_page.code_408: location
error_page.code_410: location
error_page.code_500: location
error_page.code_502: location
error_page.code_503: location
error_page.code_504: location
error_page.code_general: location
event.default_listener.application_authentication: enable priority
event.default_listener.consent_mgt_handler: enable priority
event.default_listener.governance_identity_mgt: enable priority
event.default_listener.governance_identity_store: data_store enable priority
event.default_listener.identity_mgt: enable priority
event.default_listener.jit_provisioning_handler: enable priority
event.default_listener.oauth_listener: enable priority
event.default_listener.post_auth_association_handler: enable priority
event.default_listener.scim: enable priority
event.default_listener.scim2: enable priority
event.default_listener.subject_identifier_handler: enable priority
event.default_listener.user_claim_audit_logger: LogUpdatedClaimsOnly enable priority
event.default_listener.user_deletion: enable priority
event.default_listener.user_failure_audit_logger: enable priority
event.default_listener.user_management_audit_logger: enable priority
event.default_listener.user_mgt_audit_logger: enable priority
event.default_listener.user_session_termination: enable priority
event.default_listener.userid_resolver: enable priority
event.default_listener.username_resolver: enable priority
event.default_listener.workflow: enable priority
event.default_recorder.user_delete_event: enable name
event.default_recorder.user_delete_event.write_to_separate_csv: enable path
event_handler[]: name
event_handler[].properties: *
event_handler[].subscriptions: *
event_listener[]: id name order type
event_listener[].properties: *
event_processor: enable_ha_mode enable_persistence enable_single_mode
event_processor.event_management: hostname port
event_processor.event_sync: hostname port
event_recorder[]: id name
event_recorder[].properties: *
federated.idp: role_claim_value_attribute_separator
fido.trusted.origins[]: *
fido.webauthn: enable
governance_data: cache_id data_source enable_cache overwrite path
hazelcast: *
health_checker[]: name order
health_checker[].properties: *
http_access_log: pattern prefix suffix
identity: cookies data_source issuer_policy token_validation_policy
identity.auth_framework: identity_server_origin
identity.auth_framework.endpoint: app_name app_password carbon_security_keystore_password carbon_security_truststore_password client_keystore client_truststore hostname_verification_enabled identity_server_service_url key_manager_type mutual_ssl_manager_enabled mutual_ssl_username securevault_secret_handler tenant_list_enabled tls_protocol trust_manager_type username_header
identity.cookies[]: domain httpOnly name secure
identity.entitlement: JSON_shorten_form_enabled entitlement_engine_caching_interval extension
identity.entitlement.default_attribute_finder.properties: *
identity.entitlement.extension[]: name
identity.entitlement.extension[].properties: *
identity.entitlement.policy_point.pap: enabled items_per_page policy_add_start_enable policy_version_module
identity.entitlement.policy_point.pap.entitlement_data_finders[]: *
identity.entitlement.policy_point.pap.policy_publisher_modules[]: *
identity.entitlement.policy_point.pap.status_data_handlers[]: *
identity.entitlement.policy_point.pdp: balana_config_enabled default_caching_interval enabled global_policy_combining_algorithm multiple_decision_profile_enabled policy_data_store_module policy_store_module reference_max_policy_entries registry_level_policy_cache_clear schema_validation_enabled
identity.entitlement.policy_point.pdp.caching.attribute_caching: caching_interval enabled
identity.entitlement.policy_point.pdp.caching.decision_caching: caching_interval enabled
identity.entitlement.policy_point.pdp.caching.policy_caching: caching_interval
identity.entitlement.policy_point.pdp.caching.resource_caching: caching_interval enabled
identity.entitlement.policy_point.pdp.policy_finders[]: *
identity.entitlement.policy_point.pip.attribute_designators[]: *
identity.entitlement.policy_point.pip.resource_finders[]: *
identity_data_source: skip_db_schema_creation
identity_mgt: default_mail_validity_period email_sender
identity_mgt.account_disabling: enable_account_disabling
identity_mgt.account_locking: allowed_failed_attempts auto_unlock_after auto_unlock_time_increment_ratio enable_account_locking
identity_mgt.analytics_login_data_publisher: enable subscriptions
identity_mgt.analytics_session_data_publisher: enable subscriptions
identity_mgt.endpoint: enable_recovery_endpoint enable_self_signup_endpoint
identity_mgt.events: thread_pool_size
identity_mgt.events.schemes: *
identity_mgt.fail_login_attempt_validator: enable subscriptions
identity_mgt.inactive_account_suspension: notify_when_inactive_for suspend_when_inactive_for trigger_notifications_at
identity_mgt.inactive_account_suspention: enable_account_suspension
identity_mgt.notification: default_notification_channel resolve_notification_channel
identity_mgt.notification_channel_recovery: recovery_code_validity
identity_mgt.oidc_logout_event_handler: enable subscriptions
identity_mgt.password_policy: enable_password_history enable_password_policy error_message_on_pattern_validation_failure match_pattern max_characters min_characters no_of_previous_passwords_to_disallow password_history_datasource_class password_history_store_hash_algorithm pattern_validator
identity_mgt.password_reset_by_admin: enable_emailed_link_based_reset enable_emailed_otp_based_reset enable_offline_otp_based_reset
identity_mgt.password_reset_challenge_questions: enable_password_reset_challenge_questions enable_recaptcha failures_before_recaptcha min_required_answers notify_on_initiation question_separator
identity_mgt.password_reset_email: enable_password_reset_email enable_recaptcha notify_on_reset reset_mail_validity
identity_mgt.password_reset_sms: sms_otp_validity
identity_mgt.recovery: callback_url
identity_mgt.recovery.notification: manage_internally
identity_mgt.resend_notification: resend_code_validity
identity_mgt.saml_logout_handler: enable subscriptions
identity_mgt.user_claim_update.email: enable_verification verification_email_validity
identity_mgt.user_onboarding: ask_password_email_validity ask_password_from_user enable_email_verification lock_on_creation password_generator verification_email_validity
identity_mgt.user_onboarding.notification: manage_internally
identity_mgt.user_self_registration: allow_self_registration callback_url enable_account_lock_for_verified_preferred_channel enable_detailed_api_response enable_recaptcha lock_on_creation verification_email_validity
identity_mgt.user_self_registration.notification: manage_internally
identity_mgt.username_recovery.email: enable_recaptcha enable_username_recovery
identity_mgt_account_suspension: use_identity_claims
indexing: bach_size enable frequency location pool_size re_indexing starting_delay
intermediate_cert_validation: enable
intermediate_cert_validation.cert_cns[]: *
intermediate_cert_validation.exempt_contexts[]: *
key_mgt: key_manager_type keystore_dir trust_manager_type
keystore: userstore_password_encryption
keystore.internal: alias file_name key_password password type
keystore.listener_profile: ssl_verify_client
keystore.primary: alias file_name key_password password type
keystore.ssl_profile.custom[]: servers
keystore.ssl_profile.custom[].keystore: key_password location password type
keystore.ssl_profile.custom[].truststore: location password type
keystore.ssl_profile.default: servers
keystore.tls: alias file_name key_password password type
masking_pattern.properties: *
message_builder: application_xml form_urlencoded json json_badgerfish multipart_form_data octet_stream text_html text_javascript text_plain
message_formatter: application_xml form_urlencoded json json_badgerfish multipart_form_data octet_stream soap_xml text_html text_javascript text_plain text_xml
monitoring.jmx: rmi_hostname rmi_registry_port rmi_server_port rmi_server_start
n_http: *
oauth: build_subject_identifier_from_sp_config handle_logout_gracefully hash_token_algorithm hash_tokens_and_secrets map_federated_users_to_local prompt_consent prompt_login_consent prompt_logout_consent redirect_to_idp_error_page_on_error timestamp_skew token_storage_method use_entityid_as_issuer_in_oidc_discovery validation_response_subject_identifier_format
oauth.access_token: generate_with_sp_tenant_domain
oauth.custom_grant_type[]: grant_handler grant_validator name
oauth.custom_grant_type[].properties: *
oauth.custom_response_type[]: class name validator
oauth.custom_scope_validator[]: class
oauth.custom_token_validator[]: class type
oauth.endpoints: oauth1_access_token_url oauth1_authorize_url oauth1_request_token_url oauth2_authz_url oauth2_consent_page oauth2_dcr_url oauth2_error_page oauth2_introspect_url oauth2_jwks_url oauth2_revoke_url oauth2_token_url oauth2_user_info_url oidc_check_session_url oidc_consent_page oidc_discovery_url oidc_logout_consent_page oidc_logout_page oidc_logout_url oidc_web_finger_url
oauth.extensions: token_context_claim_retriever token_context_dialect_uri token_context_generator token_generator token_persistence_processor token_types token_value_generator
oauth.extensions.callback_handlers[]: class priority
oauth.extensions.callback_handlers[].properties: *
oauth.extensions.token_types[]: issuer name persist_access_token_alias
oauth.grant_type.account_switch: enable grant_handler grant_validator
oauth.grant_type.authorization_code: enable grant_handler
oauth.grant_type.client_credentials: allow_id_token allow_refresh_tokens enable grant_handler
oauth.grant_type.device_code: enable grant_handler grant_validator
oauth.grant_type.iwa_ntlm: enable grant_handler
oauth.grant_type.jwt_bearer: enable grant_handler grant_validator
oauth.grant_type.kerberos: enable grant_handler grant_validator
oauth.grant_type.password: enable grant_handler
oauth.grant_type.refresh_token: enable grant_handler
oauth.grant_type.saml_bearer: enable grant_handler user_type
oauth.grant_type.uma_ticket: enable grant_handler grant_validator retrieve_uma_permission_info_through_introspection
oauth.jwks_endpoint: connection_timeout enable enforce_certificate_expiry_time_validity read_timeout size_limit_bytes
oauth.oidc: redirect_to_post_logout_uri_on_consent_denial
oauth.oidc.claims: enable_oidc_dialect enable_unmapped_user_attributes
oauth.oidc.custom_request_object_builder[]: class type
oauth.oidc.extensions: claim_callback_handler id_token_builder request_object_validator user_info_access_token_validator user_info_claim_retriever user_info_request_validator user_info_response_builder
oauth.oidc.id_token: add_tenant_domain_to_realm add_userstore_domain_to_realm audiences issuer sign_with_sp_key signature_algorithm
oauth.oidc.id_token.audiences[]: *
oauth.oidc.id_token.supported_encryption_algorithms[]: *
oauth.oidc.id_token.supported_encryption_methods[]: *
oauth.oidc.request_object_builder.request_param_value_builder: class enabled
oauth.oidc.token_validation: id_token_validity logout_token_validity
oauth.oidc.user_info: jwt_signature_algorithm response_type
oauth.response_type.code: class enable
oauth.response_type.device: class enable validator
oauth.response_type.id_token: class enable
oauth.response_type.id_token_token: class enable
oauth.response_type.token: class enable
oauth.scope_validator.authz_implicit: enable
oauth.scope_validator.jdbc: class enable
oauth.scope_validator.xacml: class enable
oauth.token.validation: include_validation_context_as_jwt_in_reponse validation_response_jwt_validity
oauth.token_cleanup: enable retain_access_tokens_for_auditing
oauth.token_generation: access_token_type access_token_value_type include_username_in_access_token retry_count_on_persistence_failures
oauth.token_renewal: renew_access_token_per_request renew_refresh_token
oauth.token_validation: app_access_token_validity authorization_code_validity refresh_token_validity user_access_token_validity validation_response_signing_algorithm
oauth.token_validator.bearer: class enable
oauth.token_validator.jwt: class enable
output_adapter.email: custom_properties enable_authentication enable_start_tls from_address hostname password port reply_to signature username
output_adapter.email.custom_properties: *
output_adapter.jms: job_queue_size keep_alive_time max_thread min_thread
owasp.csrfguard: create_token_per_page random_number_generator_algo token_length
owasp.csrfguard.js_servlet: x_request_with_header
owasp.csrfguard.unprotected.service[]: name service
pagination: default_items_per_page max_items_per_page
pap.entitlement_data_finders[]: *
pap.policy_publishers[]: *
pap.status_data_handlers[]: *
passive_sts: token_store_class
passive_sts.endpoints: idp retry
passive_sts.slo: host_name_verification
passthru_http: *
password_trim: enable
pdp.policy_finder[]: *
pip.attribute_designators[]: *
pip.resource_finders[]: *
realm_manager: data_source
realm_manager.properties: *
registry.versioning_configuration: enable
resource.access_control[]: context http_method secure
resource.access_control[].permissions: *
resource.access_control[].scopes: *
resource_access_control: default_access default_access_allow disable_scope_validation
resource_access_control.introspect: secured
resource_access_control.introspect.permissions[]: *
resource_access_control.scim2_me_delete_method: keep_resource permission secured
resource_access_control.scim2_me_get_method: keep_resource secured
resource_access_control.scim2_me_patch_method: keep_resource secured
resource_access_control.scim2_me_post_method: keep_resource permission secured
resource_access_control.scim2_me_put_method: keep_resource secured
saml: assertion_encryption_alg attribute_claim_dialect digest_alg enable_request_validity_period enable_saml_sp_certificate_expiry_validation enable_user_domain_crpto entity_id key_encryption_alg request_validity_period signing_alg
saml.artifact: validity
saml.endpoints: artifact_resolution ecp idp_url logout notification
saml.extensions: assertion_builder encrypter redirect_signature_validator response_builder signer
saml.metadata: enable_authentication_requests_signing enable_signing validity_period
saml.response: validity
saml.slo: host_name_verification retry_attempts retry_interval
saml.tenant_partitioning: enable
scim: enable_complex_multivalued_attribute_support
scim.authentication_handler.basic.properties: *
scim.authentication_handler.oauth.properties: *
scim.authenticator[]: class prority
scim.authenticator[].properties: *
scim.endpoints: groups_endpoint users_endpoint
scim2: enable_complex_multivalued_attribute_support enable_filtering_enhancements filter_users_and_groups_from_primary_domain mandate_domain_for_group_names_in_groups_response mandate_domain_for_uesrnames_and_group_names_in_response return_updated_group_in_group_patch_response
scim2.endpoints: groups_endpoint users_endpoint
security_audit: api_token base_url collection_id global
server: base_path clock_skew default_cache_timeout discard_empty_caches enableMTOM enableSwA force_local_cache hostname mode node_ip offset proxy_context_path serverDetails server_role userAgent
server.file_upload: file_size_limit
server.globally_engaged_modules[]: *
service_provider: fetch_chunk_size sp_name_regex
session.timeout: idle_session_timeout remember_me_session_timeout
session_data.cleanup: clean_expired_session_data_every clean_expired_session_data_in_chunks_of clean_logged_out_sessions_at_immediate_cycle clean_pre_session_data_at enable_expired_data_cleanup enable_pre_session_data_cleanup expire_pre_session_data_after expire_session_data_after pre_session_data_cleanup_thread_pool_size
session_data.persistence: enable_persistence enable_user_session_mapping persist_temporary_data persistence_pool_size
sp_role_management: return_only_mapped_local_roles
static_configuration.versioning_comments: enable
static_configuration.versioning_properties: enable
static_configuration.versioning_ratings: enable
static_configuration.versioning_tags: enable
sts: callback_handler digest_algorithm signature_algorithm time_to_live
sts.endpoint: idp
super_admin: admin_role create_admin_account password username
synapse_properties: *
system.parameter: *
tasks: client_dispatch_address mode resolver_class resolver_type server_address server_count server_password server_username
tasks.rules[]: *
tenant: data_listener_urls
tenant.data_listener_urls[]: *
tenant.domain_drop_down: enable
tenant_context.rewrite.overwrite.dispatch[]: *
tenant_context.rewrite.servlets[]: *
tenant_context.rewrite.webapps[]: *
tenant_mgt: eager_loading_tenants enable_email_domain tenant_idle_timeout
tenant_mgt.tenant_manager: config_builder type
tomcat.global: session_timeout
tomcat.management_console: session_timeout
transport.binary.agent: batch_size ciphers core_pool_size eviction_time_period keep_alive_time_in_pool max_idle_connections max_pool_size max_transport_pool_size min_idle_time_in_pool queue_size reconnection_interval secure_eviction_time_period secure_max_idle_connections secure_max_transport_pool_size secure_min_idle_time_in_pool socket_timeout_ms ssl_enabled_protocols trust_store trust_store_password
transport.binary.receiver: *
transport.blocking_http.sender.parameters: *
transport.blocking_https.sender.parameters: *
transport.blocking_sender: default_connections_per_host enable_client_caching omit_soap12_action so_timeout transfer_encoding
transport.client: default_max_connection_per_host drilldown_to_root_cause_for_fault_reason http_content_negotiation max_total_connections send_stacktrace_details_with_fault
transport.client.http.properties: *
transport.client.https.properties: *
transport.http: core_worker_pool_size io_buffer_size max_http_connection_per_host_port max_message_size_bytes max_worker_pool_size preserve_http_headers preserve_http_server_name preserve_http_user_agent socket_timeout worker_pool_queue_length
transport.http.listener: bind_address port secured_bind_address secured_port secured_protocols secured_wsdl_epr_prefix verify_client wsdl_epr_prefix
transport.http.listener.keystore: file_name key_password password type
transport.http.listener.ssl_profile: read_interval
transport.http.listener.truststore: file_name password type
transport.http.properties: *
transport.http.sender: non_proxy_hosts proxy_host proxy_port warn_on_http_500
transport.http.sender.keystore: file_name key_password password type
transport.http.sender.truststore: file_name password type
transport.https.properties: *
transport.https.sslHostConfig.certificate.properties: *
transport.https.sslHostConfig.properties: *
transport.jms: listener listener_enable sender sender_enable
transport.jms.listener[]: name
transport.jms.listener[].parameter: *
transport.jms.sender[]: name
transport.jms.sender[].parameter: *
transport.passthru_http.listener: enable
transport.passthru_http.listener.parameters: *
transport.passthru_http.sender: enable
transport.passthru_http.sender.parameters: *
transport.passthru_https.listener: enable ssl_profile_interval
transport.passthru_https.listener.key_store: key_password location password type
transport.passthru_https.listener.parameters: *
transport.passthru_https.listener.trust_store: location password type
transport.passthru_https.sender: enable
transport.passthru_https.sender.key_store: key_password location password type
transport.passthru_https.sender.parameters: *
transport.passthru_https.sender.ssl_profile: file_path interval
transport.passthru_https.sender.trust_store: location password type
transport.receiver: session_timeout ssl_port tcp_port type worker_threads
transport.receiver.keystore: file_name password
transport.thrift.agent: batch_size ciphers core_pool_size eviction_time_period keep_alive_time_in_pool max_idle_connections max_pool_size max_transport_pool_size min_idle_time_in_pool queue_size reconnection_interval secure_eviction_time_period secure_max_idle_connections secure_max_transport_pool_size secure_min_idle_time_in_pool socket_timeout_ms ssl_enabled_protocols trust_store trust_store_password
transport.thrift.receiver: *
transport.ws.sender: enable
transport.ws.sender.parameters: *
transport.wss.sender: enable
transport.wss.sender.parameters: *
transport.wss.sender.trust_store: location password
truststore: file_name password type
user.association: enable_for_federated_users
user_filtering: show_display_name_of_user
user_store: anonymous_bind back_links_enabled bulk_import_supported case_sensitive_authorization_rules class connection_name connection_password connection_pooling_enabled connection_retry_delay connection_url count_retriever_class disable display_name_attribute domain_name driver_name empty_roles_allowed group_entry_object_class group_name_attribute group_name_list_filter group_name_search_filter group_search_base immutable_attributes kdc_enabled ldap_binary_attributes ldap_connection_timeout max_role_name_list_length max_user_name_list_length member_of_attribute membership_attribute membership_attribute_range multi_attribute_separator notification_receivers_retrieval_class password_hash_method password_java_regex password_java_regex_violation_error_msg password_java_script_regex read_groups read_timeout replace_escape_characters_at_user_login retry_attempts role_dn_pattern rolename_java_regex scim_enabled ssl_certificate_validation_enabled timestamp_attributes type use_case_sensitive_username_for_cache_keys user_dn_pattern user_entry_object_class user_id_attribute user_id_search_filter user_name_attribute user_name_list_filter user_name_search_filter user_roles_cache_enabled user_search_base username_java_reg_ex_violation_error_msg username_java_regex username_java_script_regex write_groups
user_store.properties: *
x509: request_header_name
xml_input_factory.properties: *
`;
