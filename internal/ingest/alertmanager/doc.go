// Package alertmanager takes alerts as the Alertmanager API v2 does, so that Prometheus,
// vmalert, Grafana and Loki rulers can point here.
//
//	POST /api/v2/alerts   a JSON array of alerts: labels, annotations, startsAt, endsAt, generatorURL
//	GET  /api/v2/status   what Grafana asks before it trusts the address
//
// A sender proves itself with an integration key or an API token: as a bearer token, as the
// password of basic authentication (any user name), or in the query as key=…, which ends up
// in the access logs of proxies and is for senders that can do nothing else.
//
// The answer is 200 only when every alert is safe. Alerts that cannot be taken are named
// field by field ("[3].labels.foo") and kept in the quarantine; the others of the same
// request are taken all the same, because one bad annotation must not silence fifty pages.
// A body that is no JSON array of objects is kept whole. Fields that we do not know are
// ignored: senders add some with every release.
package alertmanager
