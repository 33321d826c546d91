"""The doors of Pacta: of every address which methods it takes, who comes in, and whether what is asked for has a level.

Methods: G(ET), P(OST), U (PUT), A (PATCH), D(ELETE); * where every method reaches the view, which refuses itself.
Who: `-` whoever has signed in, `own` the owner alone, else who holds the right, or one of two (`record` stands
for all that records).
Subject: `level` where the record that is asked for has a level of confidentiality. Last, what GET answers who comes in:
403 where the password is asked for once more first, 404 where the address needs more, such as a query, or stands
behind a setting: the public register, which `tests.pages.test_public_register` opens.
The pages that the administration has for each register stand in `tests.admin.test_pages`.
"""

from typing import NamedTuple

_DOORS = """
/                                                           G    -              -     302
/account/                                                   G    -              -     200
/account/app/                                               *    -              -     403
/account/app/remove/                                        *    -              -     404
/account/codes/                                             G    -              -     404
/account/codes/new/                                         *    -              -     403
/account/confirm/                                           *    -              -     403
/account/confirm/code/                                      *    -              -     403
/account/confirm/passkey/                                   *    -              -     403
/account/delegations/                                       GP   -              -     200
/account/delegations/{delegation}/end/                      P    -              -     -
/account/passkeys/new/                                      *    -              -     403
/account/passkeys/{pk}/remove/                              *    -              -     403
/account/password/                                          *    -              -     403
/account/review/                                            GP   accounts|unit  -     200
/account/sessions/end/                                      P    -              -     -
/account/sessions/{session_key}/end/                        P    -              -     -
/account/subscriptions/                                     GP   -              -     200
/account/subscriptions/feed/                                P    -              -     -
/account/subscriptions/mails/{mailing}/again/               P    -              -     -
/account/subscriptions/new/                                 *    -              -     404
/account/subscriptions/{subscription}/                      GP   own            -     200
/account/subscriptions/{subscription}/pause/                P    -              -     -
/account/subscriptions/{subscription}/remove/               P    -              -     -
/admin/                                                     *    -              -     200
/admin/agreements/agreement/{object_id}/act/                *    record         level 200
/admin/agreements/agreement/{object_id}/clearance/          *    record         level 200
/admin/agreements/agreement/{object_id}/correct/{entry_id}/ *    void           level 200
/admin/agreements/agreement/{object_id}/document/           *    record         level 200
/admin/agreements/agreement/{object_id}/hold/               *    record         level 200
/admin/agreements/agreement/{object_id}/legal_hold/         *    share          level 200
/admin/agreements/agreement/{object_id}/note/               *    record         level 200
/admin/agreements/agreement/{object_id}/step/{name}/        *    record         level 200
/admin/agreements/agreement/{object_id}/void/{entry_id}/    *    void           level 200
/admin/agreements/apitoken/{token}/revoke/                  *    accounts       -     200
/admin/agreements/entry/{object_id}/redact/                 *    redact         level 200
/admin/agreements/lockout/{row}/unlock/                     *    accounts       -     404
/admin/agreements/undisclosedparticipant/{object_id}/disclose/ * record         level 200
/admin/agreements/undisclosedparticipant/{object_id}/withdraw/ * record         level 200
/admin/agreements/user/{id}/password/                       *    accounts       -     404
/admin/agreements/user/{user}/signing-in/                   *    accounts       -     403
/admin/autocomplete/                                        G    -              -     403
/admin/jsi18n/                                              G    -              -     200
/admin/login/                                               *    -              -     302
/admin/logout/                                              P    -              -     -
/admin/password_change/                                     GPU  -              -     200
/admin/password_change/done/                                G    -              -     200
/admin/{app_label}/                                         *    -              -     302
/admin/{url}                                                *    -              -     404
/agreements/                                                G    -              -     200
/agreements/columns/                                        P    -              -     -
/agreements/columns/{language}.css                          G    -              -     200
/agreements/many/                                           *    -              -     404
/agreements/new/                                            GP   record         -     200
/agreements/{reference}/                                    G    -              level 200
/agreements/{reference}/access/                             G    share|accounts level 200
/agreements/{reference}/access/share/                       GP   share          level 200
/agreements/{reference}/access/{share}/withdraw/            *    -              level 404
/agreements/{reference}/clause/                             GP   record         level 200
/agreements/{reference}/commitments/new/                    GP   record         level 200
/agreements/{reference}/compare/                            G    -              level 200
/agreements/{reference}/documents/compare/                  G    -              level 200
/agreements/{reference}/documents/dossier/                  G    -              level 200
/agreements/{reference}/documents/languages/                GP   record         level 200
/agreements/{reference}/documents/upload/                   GP   record         level 200
/agreements/{reference}/documents/{document}/               GP   record         level 200
/agreements/{reference}/entries/{entry}/correct/            GP   void           level 200
/agreements/{reference}/entries/{entry}/redact/             GP   redact         level 200
/agreements/{reference}/entries/{entry}/void/               GP   void           level 200
/agreements/{reference}/hold/                               GP   record         level 200
/agreements/{reference}/journal/                            G    -              level 200
/agreements/{reference}/late-step/                          GP   record         level 200
/agreements/{reference}/legal-hold/                         GP   share          level 200
/agreements/{reference}/plans/                              GP   record         level 200
/agreements/{reference}/procedure/                          GP   -              level 200
/agreements/{reference}/record/action/                      GP   record         level 200
/agreements/{reference}/record/{kind}/                      GP   record         level 200
/agreements/{reference}/registration/                       GP   record         level 200
/agreements/{reference}/steps/{name}/                       GP   record         level 200
/agreements/{reference}/tasks/new/                          GP   record         level 200
/agreements/{reference}/validity/                           GP   record         level 200
/agreements/{reference}/undisclosed/new/                    GP   record         level 200
/api/docs/                                                  G    -              -     200
/api/v1/                                                    G    -              -     200
/api/v1/agreements/                                         GP   -              -     200
/api/v1/agreements/actions/                                 P    -              -     -
/api/v1/agreements/bulk/                                    P    -              -     -
/api/v1/agreements/counts/                                  G    -              -     200
/api/v1/agreements/transitions/                             P    -              -     -
/api/v1/agreements/{reference}/                             GA   -              level 200
/api/v1/agreements/{reference}/actions/                     GP   -              level 200
/api/v1/agreements/{reference}/attention/                   G    -              level 200
/api/v1/agreements/{reference}/documents/                   GP   -              level 200
/api/v1/agreements/{reference}/entry-into-force/            GP   -              level 200
/api/v1/agreements/{reference}/hold/                        P    -              level -
/api/v1/agreements/{reference}/journal/                     GP   -              level 200
/api/v1/agreements/{reference}/journal/{entry}/redaction/   P    -              level -
/api/v1/agreements/{reference}/journal/{entry}/void/        P    -              level -
/api/v1/agreements/{reference}/legal-hold/                  P    -              level -
/api/v1/agreements/{reference}/participants/                G    -              level 200
/api/v1/agreements/{reference}/procedure/                   P    -              level -
/api/v1/agreements/{reference}/release/                     P    -              level -
/api/v1/agreements/{reference}/tasks/                       GP   -              level 200
/api/v1/agreements/{reference}/transitions/                 GP   -              level 200
/api/v1/areas/                                              G    -              -     200
/api/v1/attention/                                          G    -              -     200
/api/v1/commitments/                                        GP   -              -     200
/api/v1/commitments/{pk}/                                   GA   -              level 200
/api/v1/delegations/                                        GP   -              -     200
/api/v1/delegations/{pk}/                                   GD   -              -     404
/api/v1/documents/                                          G    -              -     200
/api/v1/documents/{pk}/                                     GA   -              level 200
/api/v1/documents/{pk}/versions/{number}/file/              G    -              level 200
/api/v1/events/                                             G    -              -     200
/api/v1/events/{pk}/                                        G    -              level 200
/api/v1/feeds/                                              GP   -              -     200
/api/v1/feeds/{pk}/                                         GD   own            -     200
/api/v1/indicators/                                         GP   -              -     200
/api/v1/indicators/{pk}/                                    GA   -              -     200
/api/v1/meetings/                                           GP   -              -     200
/api/v1/meetings/{pk}/                                      GA   -              level 200
/api/v1/meetings/{pk}/outcomes/                             P    -              level -
/api/v1/mailings/                                           G    -              -     200
/api/v1/mailings/{pk}/                                      G    own            -     404
/api/v1/mailings/{pk}/again/                                P    -              -     -
/api/v1/notifications/                                      G    -              -     200
/api/v1/notifications/{pk}/                                 G    own            -     404
/api/v1/notifications/read/                                 P    -              -     -
/api/v1/parties/                                            GP   -              -     200
/api/v1/parties/{code}/                                     GA   -              -     200
/api/v1/procedures/                                         G    -              -     200
/api/v1/procedures/{code}/                                  G    -              -     200
/api/v1/reports/                                            G    -              -     200
/api/v1/reports/{name}/                                     G    -              -     200
/api/v1/schema/                                             G    -              -     200
/api/v1/shares/                                             GP   -              -     200
/api/v1/shares/{pk}/                                        G    -              -     404
/api/v1/shares/{pk}/withdraw/                               P    -              -     -
/api/v1/subscriptions/                                      GP   -              -     200
/api/v1/subscriptions/{pk}/                                 GAD  own            -     200
/api/v1/task-templates/                                     GP   -              -     200
/api/v1/task-templates/{code}/                              GAD  -              -     200
/api/v1/task-templates/{code}/apply/                        P    -              -     -
/api/v1/tasks/                                              G    -              -     200
/api/v1/tasks/bulk/                                         P    -              -     -
/api/v1/tasks/{pk}/                                         GA   -              level 200
/api/v1/tasks/{pk}/complete/                                P    -              level -
/api/v1/tasks/{pk}/drop/                                    P    -              level -
/api/v1/tasks/{pk}/reopen/                                  P    -              level -
/api/v1/tokens/                                             GP   -              -     200
/api/v1/tokens/{pk}/                                        GD   own            -     200
/api/v1/undisclosed-participants/                           GP   -              -     200
/api/v1/undisclosed-participants/{pk}/                      GA   -              level 200
/api/v1/undisclosed-participants/{pk}/disclose/             P    -              level -
/api/v1/undisclosed-participants/{pk}/withdraw/             P    -              level -
/api/v1/units/                                              G    -              -     200
/api/v1/views/                                              GP   -              -     200
/api/v1/views/{pk}/                                         GAD  own            -     200
/api/v1/webhooks/                                           GP   -              -     200
/api/v1/webhooks/{pk}/                                      GAD  own            -     200
/api/v1/webhooks/{pk}/deliveries/                           G    own            -     200
/api/v1/webhooks/{pk}/deliveries/{delivery}/                G    own            -     200
/api/v1/webhooks/{pk}/deliveries/{delivery}/replay/         P    -              -     -
/api/v1/webhooks/{pk}/ping/                                 P    -              -     -
/api/v1/webhooks/{pk}/replay/                               P    -              -     -
/api/v1/webhooks/{pk}/rotate/                               P    -              -     -
/api/v1/wishes/                                             GA   -              -     200
/api/v1/wishes/feed/                                        P    -              -     -
/api/v1/wishes/feed/revoke/                                 P    -              -     -
/board/                                                     G    -              -     200
/board/{reference}/moves/                                   G    -              level 200
/calendar/                                                  G    -              -     200
/calendar/feeds/                                            GP   -              -     200
/calendar/feeds/{feed}/revoke/                              P    -              -     -
/calendar/{secret}.ics                                      G    -              -     200
/calendar/{year}/                                           G    -              -     200
/calendar/{year}/{month}/                                   G    -              -     200
/calendar/{year}/{month}/{day}/                             G    -              -     200
/commitments/{commitment}/                                  GP   record         level 200
/deadlines/                                                 G    -              -     200
/demonstration/                                             G    -              -     200
/desk/                                                      G    -              -     200
/documents/{document_version}/                              G    -              level 200
/documents/{document_version}/preview/                      G    -              level 200
/documents/{document_version}/shown/                        G    -              level 200
/feeds/{feed_secret}.atom                                   G    -              -     200
/healthz                                                    G    -              -     200
/help/                                                      G    -              -     200
/help/glossary/                                             G    -              -     200
/help/guide/{slug}/                                         G    -              -     200
/help/tour/end/                                             P    -              -     -
/language/                                                  *    -              -     302
/imports/                                                   G    import         -     200
/imports/new/                                               GP   import         -     200
/imports/{table}/                                           G    import         level 200
/imports/{table}/columns/                                   GP   import         level 302
/imports/{table}/doubts/                                    GP   import         level 302
/imports/{table}/start/                                     P    import         level -
/imports/{table}/undo/                                      GP   import         level 200
/imports/{table}/{name}/                                    P    import         level -
/meetings/                                                  G    -              -     200
/meetings/new/                                              GP   record         -     200
/meetings/{meeting}/                                        G    -              level 200
/meetings/{meeting}/agenda/                                 GP   record         level 200
/meetings/{meeting}/agenda/{reference}/outcome/             GP   record         level 200
/meetings/{meeting}/change/                                 GP   record         level 200
/meetings/{meeting}/held/                                   GP   record         level 200
/meetings/{meeting}/{status}/                               GP   record         level 200
/metrics                                                    G    -              -     404
/notifications/                                             G    -              -     200
/notifications/off/{link}/                                  GP   -              -     200
/notifications/read/                                        P    -              -     -
/notifications/{notification}/read/                         P    -              -     -
/overview/                                                  G    -              -     200
/overview/agreements/                                       G    -              -     200
/parties/                                                   G    -              -     200
/parties/{code}/                                            G    -              -     200
/problems/                                                  G    -              -     200
/problems/{problem}                                         G    -              -     200
/procedures/                                                G    -              -     200
/procedures/{code}/                                         G    -              -     200
/procedures/{code}/picture.svg                              G    -              -     200
/readyz                                                     G    -              -     200
/register/                                                  G    -              -     404
/register/treaties.csv                                      G    -              -     404
/register/treaties.json                                     G    -              -     404
/register/{reference}/                                      G    -              level 404
/register/{reference}/documents/{document_version}/         G    -              level 404
/reports/                                                   G    -              -     200
/reports/built/                                             G    -              -     200
/reports/built/{run}/                                       G    own            -     302
/reports/schedules/                                         G    -              -     200
/reports/schedules/{schedule}/                              GP   own            -     200
/reports/schedules/{schedule}/stop/                         P    -              -     -
/reports/{report}/                                          *    -              -     200
/reports/{report}/build/                                    P    -              -     -
/reports/{report}/schedule/                                 GP   -              -     200
/search/                                                    G    -              -     200
/sign-in/                                                   *    -              -     302
/sign-in/code/                                              *    -              -     302
/sign-in/emergency/                                         GP   -              -     200
/sign-in/forgotten/                                         GPU  -              -     200
/sign-in/forgotten/sent/                                    G    -              -     200
/sign-in/forgotten/{uidb36}/{key}/                          *    -              -     200
/sign-in/passkey/                                           *    -              -     302
/sign-in/service/                                           G    -              -     404
/sign-in/service/back/                                      G    -              -     404
/sign-out/                                                  P    -              -     -
/tasks/                                                     G    -              -     200
/tasks/done/                                                P    -              -     -
/tasks/templates/                                           G    -              -     200
/tasks/templates/{code}/                                    GP   record         -     200
/tasks/{task}/                                              GP   record         level 200
/tasks/{task}/done/                                         GP   record         level 200
/tasks/{task}/drop/                                         GP   record         level 200
/tasks/{task}/reopen/                                       GP   record         level 200
/theme/                                                     P    -              -     -
/tokens/                                                    GP   -              -     200
/tokens/{token}/revoke/                                     P    -              -     -
/undisclosed/{undisclosed}/                                 G    -              level 200
/undisclosed/{undisclosed}/change/                          GP   record         level 200
/undisclosed/{undisclosed}/disclose/                        GP   record         level 200
/undisclosed/{undisclosed}/withdraw/                        GP   record         level 200
/views/                                                     G    -              -     200
/views/new/                                                 *    -              -     404
/views/{view}/                                              G    own            -     302
/views/{view}/change/                                       GP   own            -     200
/views/{view}/delete/                                       GP   own            -     200
"""


class Door(NamedTuple):
    """What is said of one address."""

    methods: str
    right: str
    subject: str
    status: int


DOORS = {
    address: Door(methods, right, subject, int(status) if status.isdecimal() else 405)
    for address, methods, right, subject, status in (line.split() for line in _DOORS.strip().splitlines())
}
