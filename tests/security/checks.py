"""What the product promises against attackers, as 70 numbered checks, and which tests hold each.

A check without tests, or with a `missing` beside them, is not held, or not whole: the reason stands there. The
register itself is held by `test_checks.py`: every number is here, and every test that is named exists.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One promise. `held_by`: tests as "folder/file.py::function" below tests/. `missing`: what is not, and why."""

    what: str
    held_by: tuple[str, ...] = ()
    missing: str = ""


_GATE, _LOGIN = "web/test_gate.py", "web/test_login.py"
_CALLBACKS, _ISOLATION = "security/test_callbacks.py", "security/test_isolation.py"
_INVITED, _REFUSED = "callbacks/test_invited_accounts.py", "callbacks/test_invitations_refused.py"
_PAPER = "portal/test_exports_on_paper.py"
_INCIDENT, _DENIALS = "security/test_incident.py", "security/test_denials.py"
_PORTAL, _EXPORTS, _HOOKS = "portal/test_portal.py", "portal/test_exports.py", "web/test_hooks.py"

_SIGN_UP, _RESET, _OWN = "people/test_sign_up.py", "people/test_reset.py", "people/test_own_account.py"
_FACTOR, _OIDC = "people/test_second_factor.py", "people/test_oidc.py"

CHECKS: dict[int, Check] = {
    # Who may do what
    1: Check(
        "Every address is closed to strangers unless it is listed as public.",
        (
            f"{_GATE}::test_every_rule_is_closed_to_nobody_unless_listed",
            f"{_GATE}::test_public_is_what_it_was",
        ),
    ),
    2: Check(
        "Every callback names what one must be allowed.", (f"{_CALLBACKS}::test_every_callback_has_a_policy",)
    ),
    3: Check(
        "Each of the seven roles reaches exactly the callbacks its rights name.",
        (
            "security/test_roles.py::test_each_role_reaches_the_callbacks_of_its_rights_and_no_other",
            "access/test_policy.py::test_each_role_may_do_exactly_this_in_its_own_workspace_and_nothing_elsewhere",
        ),
    ),
    4: Check(
        "A person of one workspace gets nothing of another by its names and numbers, wherever they are put.",
        (
            f"{_CALLBACKS}::test_nobody_reaches_into_another_agency",
            f"{_ISOLATION}::test_no_callback_shows_or_changes_what_is_of_others",
        ),
    ),
    5: Check(
        "What is another agency's is 404, as what is not there, and the attempt is in the audit trail.",
        (f"{_DENIALS}::test_everything_of_another_agency_is_404_and_counted",),
    ),
    6: Check(
        "A marker in one agency's data turns up in no answer, page or file of another.",
        (
            f"{_ISOLATION}::test_no_endpoint_shows_a_trace_of_others",
            f"{_ISOLATION}::test_what_is_printed_is_ones_own",
            f"{_ISOLATION}::test_the_markers_are_what_pages_show",
            f"{_ISOLATION}::test_everything_that_is_marked_stands_on_a_page_of_its_own_people",
            f"{_ISOLATION}::test_no_mail_tells_anybody_of_others",
        ),
    ),
    7: Check(
        "Paths that are bent, doubled, encoded or contradicted by a query lead to the page they name or to 404.",
        (
            f"{_GATE}::test_what_is_not_a_page_or_not_hers_is_404_for_alice",
            f"{_GATE}::test_a_query_parameter_is_no_way_around_the_path",
        ),
    ),
    8: Check(
        "A portal holds nothing of the agency's own: no other client, no statement, no address of its people.",
        (
            "callbacks/test_client_account.py::test_a_portal_names_nobody_of_the_agency",
            f"{_ISOLATION}::test_a_guest_reaches_the_portal_of_the_link_and_nothing_else",
        ),
    ),
    9: Check(
        "A link opens its portal and no callback, no page of the desk, and writes nothing.",
        (
            f"{_ISOLATION}::test_a_guest_reaches_the_portal_of_the_link_and_nothing_else",
            "security/test_tokens_in_paths.py::test_a_share_token_is_no_log_in",
        ),
    ),
    10: Check(
        "A lowered role counts at the next request of an open session.",
        (
            f"{_LOGIN}::test_a_role_taken_away_counts_at_the_next_request",
            f"{_INCIDENT}::test_a_role_changed_or_taken_away_counts_at_the_next_request",
        ),
    ),
    11: Check(
        "A client's own administrator invites and removes people of that client alone.",
        (
            "callbacks/test_people.py::test_somebody_is_invited_joins_and_no_one_else_can",
            "callbacks/test_people.py::test_who_may_not_changes_nobody",
        ),
    ),
    12: Check(
        "Two people with different reach never share an answer that was kept.",
        (
            "data/query/test_kept_answers.py::test_bob_who_sees_his_own_sends_never_gets_what_was_counted_for_alice",
            "data/query/test_kept_answers.py::test_each_agency_gets_its_own",
            "data/query/test_kept_answers.py::test_two_apps_in_one_process_share_nothing",
        ),
    ),
    13: Check(
        "A form takes the fields it has, and no role or agency slipped in beside them.",
        (
            f"{_CALLBACKS}::test_arguments_are_taken_as_they_are_or_not_at_all",
            f"{_OWN}::test_name_with_a_role_beside_it_is_400",
        ),
    ),
    # Links and their tokens
    14: Check(
        "Tokens are 256 random bits, never repeat, and the database holds their sha256 alone.",
        (
            "access/test_tokens.py::test_ten_thousand_tokens_do_not_repeat_and_look_like_tokens",
            f"{_LOGIN}::test_the_token_changes_at_log_in_and_only_its_hash_is_kept",
            f"{_HOOKS}::test_the_key_and_the_secret_are_not_in_the_database",
        ),
    ),
    15: Check(
        "What is no token, an unknown one and one that ended are the same 404 for the same work.",
        (
            "security/test_token_work.py::test_a_link_that_ended_costs_what_an_unknown_one_costs",
            "security/test_token_work.py::test_what_is_no_token_costs_what_an_unknown_one_costs",
            "security/test_tokens_in_paths.py::test_bent_portal_tokens_are_404",
            f"{_PORTAL}::test_unknown_paused_revoked_and_expired_links_look_the_same",
        ),
    ),
    16: Check(
        "A revoked link ends at the next request: page, open tab, and every file.",
        (
            "security/test_tokens_in_paths.py::test_an_ended_link_is_404_at_the_next_request",
            f"{_PORTAL}::test_a_revoked_link_ends_at_the_next_poll",
            f"{_ISOLATION}::test_a_revoked_link_opens_nothing",
        ),
    ),
    17: Check(
        "Whoever gave a link's old password is asked for the new one.",
        (
            f"{_PORTAL}::test_a_password_opens_the_page_and_its_change_closes_it",
            f"{_INCIDENT}::test_a_links_password_is_changed_and_removed_at_the_next_request",
        ),
    ),
    18: Check(
        "A link's password is guessed 11 times an hour from one network, hardly from many; the right one opens.",
        (
            f"{_PORTAL}::test_the_twelfth_wrong_password_waits",
            "access/test_accounts.py::test_the_twelfth_wrong_link_password_is_too_many",
            "access/test_guesses.py::test_twenty_networks_get_fifty_tries_and_then_one_each",
            "access/test_guesses.py::test_of_forty_at_once_exactly_eleven_are_judged",
            "access/test_guesses.py::test_one_ipv6_network_is_one_however_many_addresses_it_has",
        ),
    ),
    19: Check(
        "No token of a link or a webhook reaches a log or the audit trail.",
        (
            f"{_GATE}::test_the_log_formatter_redacts",
            f"{_DENIALS}::test_no_token_of_a_path_reaches_the_trail",
        ),
    ),
    20: Check(
        "A portal's address is told to no other site.",
        (
            "web/test_headers.py::test_every_response_carries_the_headers",
            f"{_PORTAL}::test_headers_are_strict_and_the_policy_names_what_is_inline",
        ),
        missing="That a browser sends no Referer is not watched: a portal has no link to another site.",
    ),
    21: Check(
        "Search engines are told to stay away from portals.",
        (
            "web/test_headers.py::test_robots_are_sent_away",
            f"{_PORTAL}::test_headers_are_strict_and_the_policy_names_what_is_inline",
        ),
    ),
    22: Check(
        "Nothing but static files may be kept by a browser or a proxy.",
        ("web/test_headers.py::test_every_response_carries_the_headers",),
        missing="No caching proxy is run in the tests; the header that forbids it is on every answer.",
    ),
    23: Check(
        "One viewer's pass opens no other viewer's link.",
        (
            "portal/test_share_viewers.py::test_one_viewers_pass_does_not_open_anothers_link_and_a_new_password_ends_both",
        ),
    ),
    24: Check(
        "A link past its date is 404, its files too.",
        (
            f"{_PORTAL}::test_unknown_paused_revoked_and_expired_links_look_the_same",
            f"{_EXPORTS}::test_a_link_that_is_closed_has_no_files",
        ),
    ),
    # Logging in
    25: Check(
        "Passwords have 12 to 128 characters, any characters, and none is cut off.",
        (
            "access/test_passwords.py::test_these_are_taken",
            "access/test_passwords.py::test_nothing_is_cut_off_at_72_bytes",
        ),
    ),
    26: Check(
        "What is guessed first is no password, of an account or a link; nor are the words around it.",
        (
            "access/test_passwords.py::test_these_are_refused",
            f"{_INCIDENT}::test_a_links_password_is_changed_and_removed_at_the_next_request",
        ),
    ),
    27: Check(
        "The eleventh wrong log-in waits; guessing from many networks is slow; nobody is locked out for good.",
        (
            f"{_LOGIN}::test_the_eleventh_wrong_log_in_is_429_for_that_account_only",
            f"{_LOGIN}::test_an_account_guessed_from_many_networks_still_opens_from_another",
            "access/test_guesses.py::test_the_right_password_opens_from_anywhere_while_it_is_guessed",
        ),
    ),
    28: Check(
        "A log-in does not tell whether an address has an account.",
        (
            f"{_LOGIN}::test_wrong_password_and_unknown_address_look_the_same",
            f"{_RESET}::test_known_and_unknown_addresses_get_the_same_answer_after_the_same_work",
            f"{_SIGN_UP}::test_a_known_address_gets_the_same_answer_and_another_mail",
            f"{_OWN}::test_an_address_that_is_taken_looks_the_same_and_changes_nothing",
            f"{_REFUSED}::test_one_cannot_be_invited_twice_and_the_same_is_said_of_known_and_unknown",
        ),
        missing="Work is counted in statements; times are not measured.",
    ),
    29: Check(
        "An invitation works once, for 72 hours, for its address.",
        (f"{_INVITED}::test_an_invitation_that_does_not_open",),
    ),
    30: Check(
        "A reset link works once, for an hour, and ends every session; a code of an app is taken once.",
        (
            f"{_RESET}::test_alice_resets_her_password_and_every_other_session_ends",
            f"{_RESET}::test_the_link_lasts_one_hour",
            f"{_FACTOR}::test_a_code_is_taken_once",
        ),
    ),
    31: Check(
        "A list or an object where a text belongs is refused, and no mail is sent.",
        (
            f"{_LOGIN}::test_an_address_that_is_no_text_is_refused",
            f"{_RESET}::test_lists_and_objects_are_400_and_send_no_mail",
            f"{_SIGN_UP}::test_an_address_sent_as_a_list_or_object_is_400",
            f"{_OWN}::test_bent_forms_change_nothing",
        ),
    ),
    32: Check(
        "A new installation has no account that anybody could know.",
        (
            "security/test_start.py::test_a_new_installation_has_nobody_in_it",
            f"{_SIGN_UP}::test_the_first_owner_is_made_on_a_page_whose_address_is_printed",
            f"{_SIGN_UP}::test_two_who_set_up_at_once_make_one_owner",
            f"{_SIGN_UP}::test_the_set_up_page_of_an_installation_with_an_owner_is_404",
        ),
    ),
    33: Check(
        "Owners and admins can be made to use a second factor; without one they can only set one up.",
        (
            f"{_FACTOR}::test_an_agency_that_asks_for_it_lets_its_owner_do_nothing_else",
            f"{_FACTOR}::test_only_who_has_one_can_ask_others_and_only_in_their_agency",
        ),
    ),
    34: Check(
        "Changing what one logs in with asks for the password again.",
        (
            f"{_OWN}::test_what_is_sensitive_asks_again_after_ten_minutes",
            f"{_OWN}::test_pages_that_set_a_factor_up_ask_again_too",
            f"{_FACTOR}::test_removing_the_app_needs_a_fresh_proof",
        ),
    ),
    35: Check(
        "Single sign-on refuses every bent token, and knows people by issuer and subject.",
        (
            f"{_OIDC}::test_whatever_is_bent_gives_no_session",
            f"{_OIDC}::test_state_code_cookie_and_pkce_each_count",
            f"{_OIDC}::test_an_address_that_went_to_somebody_else_opens_nothing",
        ),
    ),
    # Sessions
    36: Check(
        "Logging in makes a new session; nothing from before is kept.",
        (
            f"{_LOGIN}::test_the_token_changes_at_log_in_and_only_its_hash_is_kept",
            f"{_FACTOR}::test_alice_enrols_and_then_a_password_alone_opens_nothing",
            f"{_OWN}::test_alice_changes_her_password_here_and_is_out_elsewhere",
        ),
    ),
    37: Check(
        "A cookie saved before logging out is worth nothing after it.",
        (f"{_LOGIN}::test_a_cookie_kept_from_before_the_log_out_is_worthless",),
    ),
    38: Check(
        "Disabling an account, a new password and ending sessions count at the next request.",
        (
            f"{_LOGIN}::test_disabling_and_a_new_password_end_sessions_at_once",
            f"{_INCIDENT}::test_a_disabled_person_is_out_at_the_next_request",
            f"{_INCIDENT}::test_ended_sessions_end_and_the_password_stays",
            f"{_OWN}::test_alice_ends_one_session_and_never_charlies",
            f"{_OWN}::test_log_out_everywhere_is_here_too",
        ),
    ),
    39: Check(
        "Sessions end after 12 idle hours and after 7 days.", (f"{_LOGIN}::test_sessions_end_idle_and_old",)
    ),
    40: Check(
        "Every cookie is as narrow as it can be.",
        (
            f"{_LOGIN}::test_cookies_carry_every_flag_on_https",
            f"{_PORTAL}::test_a_password_opens_the_page_and_its_change_closes_it",
        ),
    ),
    # The browser
    41: Check(
        "No other site can make a signed-in browser do anything.",
        (
            f"{_GATE}::test_callbacks_need_a_log_in_a_token_and_this_site",
            f"{_GATE}::test_one_persons_csrf_token_is_no_use_to_another",
            f"{_LOGIN}::test_no_csrf_token_is_400_and_another_site_403",
            f"{_OWN}::test_a_form_without_its_token_or_from_another_site_changes_nothing",
        ),
    ),
    42: Check(
        "Every answer carries the security headers.",
        (
            "web/test_headers.py::test_every_response_carries_the_headers",
            "web/test_headers.py::test_the_desks_policy_allows_only_the_scripts_that_are_there",
            "web/test_headers.py::test_hsts_when_people_come_over_tls",
        ),
    ),
    43: Check(
        "Desk and portal break none of their own content policies in a browser.",
        (
            "e2e/test_browser_portal.py::test_strict_policy_and_one_script_file_of_its_own",
            "e2e/test_browser_markup.py::test_nothing_that_was_written_runs_on_any_page",
        ),
    ),
    44: Check(
        "Text from outside runs nowhere: pages, portal, paper, files.",
        (
            "ui/test_markdown.py::test_hostile_notes_are_text",
            "pages/test_home.py::test_a_name_with_markup_stays_text",
            f"{_PAPER}::test_names_are_printed_as_text_and_fetch_nothing",
            "e2e/test_browser_markup.py::test_nothing_that_was_written_runs_on_any_page",
        ),
    ),
    45: Check(
        "What looks like a component in stored text stays text.",
        ("callbacks/test_data_desk.py::test_a_record_is_shown_as_text",),
    ),
    46: Check(
        "A link in a note leads to http, https or mail, and nowhere else.",
        ("ui/test_markdown.py::test_hostile_notes_are_text",),
        missing="Links are made text when they are shown, not refused when they are saved.",
    ),
    47: Check("Logging in leads to a page of ours.", (f"{_LOGIN}::test_next_never_leaves_the_desk",)),
    48: Check(
        "A portal can be embedded by the sites that are named.",
        (
            "portal/test_embeds.py::test_only_the_named_sites_may_frame_it_and_only_while_it_works",
            "e2e/test_browser_embeds.py::"
            "test_a_named_site_shows_it_in_a_frame_with_its_password_and_another_does_not",
        ),
    ),
    49: Check(
        "No answer allows another origin to read it.",
        ("web/test_headers.py::test_every_response_carries_the_headers",),
    ),
    # Input
    50: Check(
        "SQL in a filter, a name or an id is the text it is.",
        (
            "data/test_question.py::test_bad_values",
            "data/lake/test_versions.py::test_a_filter_is_a_value_whatever_it_says",
            "security/test_sql_in_values.py::test_an_option_with_values_of_its_own_refuses_each_in_a_sentence",
            "security/test_sql_in_values.py::test_a_name_that_is_sql_is_a_name_nobody_has",
        ),
    ),
    51: Check(
        "No statement reads a file, a setting or another agency's rows.",
        (
            "data/tables/test_sql_desk.py::test_no_escape",
            "data/tables/test_sql_desk.py::test_the_wall_behind_the_check",
            "data/tables/test_sql_desk.py::test_no_table_holds_a_row_of_charlies",
            "data/engines/test_sql_sealed.py::test_what_reaches_outside_is_refused_by_its_kind_and_nothing_is_opened",
        ),
    ),
    52: Check(
        "Bent callback bodies never end in a server error.",
        (
            f"{_CALLBACKS}::test_thousands_of_bent_bodies_and_no_server_error",
            f"{_CALLBACKS}::test_what_is_no_envelope_is_refused",
        ),
        missing="It is 4,000 bodies in `make faults`, not 20,000, and their time has no limit.",
    ),
    53: Check(
        "What is too large, too deep or packed is refused before it costs anything.",
        (
            f"{_HOOKS}::test_too_much_is_413_and_packed_is_415",
            f"{_CALLBACKS}::test_what_is_no_envelope_is_refused",
        ),
    ),
    54: Check(
        "A logo is a small picture with a fitting name, and is drawn anew.",
        (
            "portal/test_dress.py::test_what_is_no_logo_is_refused_and_the_old_one_stays",
            "portal/test_dress.py::test_the_name_of_a_logos_file_says_what_is_in_it",
            "portal/test_dress.py::test_what_stands_behind_a_picture_in_its_file_is_not_kept",
            "portal/test_dress.py::test_a_picture_of_169_million_pixels_is_refused_before_it_is_unpacked",
        ),
    ),
    55: Check(
        "A file's name never becomes a path or a header.",
        (
            f"{_EXPORTS}::test_a_tiles_figures_as_csv",
            "callbacks/test_uploads.py::test_names_of_files_are_made_safe",
            "callbacks/test_uploads.py::test_an_upload_is_its_persons_and_its_workspaces",
        ),
    ),
    56: Check(
        "No cell of a CSV is a formula.",
        (
            "callbacks/test_data_tables.py::test_a_csv_holds_no_formula",
            "callbacks/test_cells.py::test_the_file_has_every_row_and_is_noted",
            "pages/test_controls.py::test_a_campaign_named_like_a_formula_is_a_text_in_the_csv",
        ),
    ),
    57: Check(
        "Nothing a person writes makes the server fetch an address.",
        (f"{_PAPER}::test_the_renderer_fetches_nothing_even_if_told_to",),
        missing="Nothing here fetches addresses people name; what could, the printing of reports, has no network.",
    ),
    58: Check(
        "A name in a report is printed, and attaches and fetches nothing.",
        (f"{_PAPER}::test_names_are_printed_as_text_and_fetch_nothing",),
    ),
    59: Check(
        "No field of a mail adds a header, and each mail goes to one person.",
        (
            "mail/test_outbox.py::test_what_does_not_belong_into_a_mail_is_refused",
            "mail/test_outbox.py::test_a_mail_goes_to_one_person_with_an_id_of_its_row",
        ),
    ),
    60: Check(
        "Webhooks are signed, fresh, taken once, and never answered with a server error.",
        (
            f"{_HOOKS}::test_wrong_signatures_are_401_and_keep_nothing",
            f"{_HOOKS}::test_a_delivery_is_kept_and_a_replay_is_known",
            f"{_HOOKS}::test_a_secret_that_is_rotated_is_accepted_for_a_day",
            f"{_INCIDENT}::test_a_source_is_paused_resumed_rotated_and_closed_for_good",
            "web/test_hooks_fuzz.py::test_five_hundred_bodies",
        ),
    ),
    61: Check(
        "Another Host is refused, and links are made from the public address.",
        (
            f"{_GATE}::test_another_host_is_400",
            f"{_GATE}::test_a_forwarded_host_is_not_listened_to",
            "web/test_redirects.py::test_a_portal_without_its_slash",
        ),
    ),
    # Running it
    62: Check(
        "A weak or missing key stops the start.",
        (
            "security/test_start.py::test_weak_secrets_stop_the_start",
            "security/test_start.py::test_postgres_without_a_secret_stops_the_start",
        ),
    ),
    63: Check(
        "Production has no debugger, no hidden endpoint, and no setting that opens one.",
        (
            "security/test_start.py::test_any_dash_variable_stops_the_start",
            f"{_GATE}::test_public_is_what_it_was",
            f"{_CALLBACKS}::test_no_callback_has_a_door_of_its_own",
        ),
    ),
    64: Check(
        "An unexpected error shows an id; its text is in the log, without secrets.",
        (
            f"{_GATE}::test_an_unexpected_error_shows_an_id_and_nothing_else",
            f"{_GATE}::test_the_log_formatter_redacts",
        ),
    ),
    65: Check(
        "Log-ins, refusals, links made, revoked and opened, files taken and roles changed are in the audit trail.",
        (
            f"{_LOGIN}::test_log_ins_refusals_and_log_outs_are_in_the_audit_trail",
            f"{_DENIALS}::test_what_is_not_allowed_is_counted_for_strangers_too",
            f"{_DENIALS}::test_openings_are_noted_by_address_and_hour",
            f"{_EXPORTS}::test_each_file_taken_is_one_entry_of_the_trail",
            "access/test_trail.py::test_a_flood_of_one_stranger_is_eleven_entries_a_minute_and_counts_in_full",
            "access/test_trail.py::test_what_a_stranger_writes_stays_one_line",
            f"{_INCIDENT}::test_an_incident_tells_who_looked_at_what",
        ),
    ),
    66: Check(
        "Hidden files, folders and everything that is no asset are 404.",
        (f"{_GATE}::test_what_is_not_a_page_or_not_hers_is_404_for_alice",),
    ),
    67: Check(
        "What is installed is locked by hash.",
        ("security/test_start.py::test_every_locked_package_has_its_hash",),
        missing="Known weaknesses of dependencies are not looked up by the tests.",
    ),
    68: Check(
        "Other accounts read nothing, a worker reads no secret, a web server can be kept from writing the lake.",
        (
            "cli/test_file_modes.py::test_nothing_that_is_written_is_open_to_others",
            "cli/test_file_modes.py::test_an_older_home_is_told_by_doctor_and_closed_by_the_next_command",
            "db/test_worker_role.py::test_a_worker_with_its_own_role_does_its_jobs_and_reads_no_secret",
            "portal/test_web_reads_the_lake.py::test_a_web_process_that_only_reads_changes_no_file_and_shows_what_there_is",
            "portal/test_web_reads_the_lake.py::test_everything_that_would_write_is_refused",
        ),
        missing="Unless VITRINE_WEB_LAKE is read, the web process writes marts, to bring them up to date.",
    ),
    69: Check(
        "When the reach of a person cannot be loaded nothing is shown.",
        (
            f"{_GATE}::test_a_scope_that_cannot_be_loaded_is_503_and_shows_nothing",
            "data/query/test_figures.py::test_not_in_scope_is_never_swallowed",
        ),
    ),
    70: Check(
        "One agency's reports leave the others theirs.",
        (
            f"{_EXPORTS}::test_the_eleventh_of_a_tenant_waits_outside",
            "callbacks/test_busy_agency.py::test_one_agency_does_its_worst_and_another_works",
            "faults/test_busy_agency_processes.py::test_one_agency_does_its_worst_and_another_works",
        ),
    ),
}
