package file

import (
	"github.com/prometheus/common/config"
	"gopkg.in/yaml.v3"
)

// A rawGlobal is what receivers inherit, as written.
type rawGlobal struct {
	http  *config.HTTPClientConfig
	slack rawSlack
	email rawEmail

	services rawServices
}

func (d *doc) global(into *rawGlobal) setter {
	return func(n *yaml.Node) {
		s, e, v := &into.slack, &into.email, &into.services
		var timeout span
		d.object(n, "global section", fields{
			"resolve_timeout":    d.span(&timeout),
			"http_config":        d.httpConfig(&into.http),
			"slack_api_url":      d.expanded(&s.webhook.value),
			"slack_api_url_file": d.text(&s.webhook.file),
			"slack_app_token":    d.expanded(&s.token.value), "slack_app_token_file": d.text(&s.token.file),
			"slack_app_level_token":      d.expanded(&s.appLevel.value),
			"slack_app_level_token_file": d.text(&s.appLevel.file),
			"slack_app_url":              d.expanded(&s.appURL),
			"smtp_from":                  d.text(&e.from),
			"smtp_hello":                 d.text(&e.hello),
			"smtp_smarthost":             d.text(&e.smarthost),
			"smtp_auth_username":         d.text(&e.username),
			"smtp_auth_password":         d.expanded(&e.password.value),
			"smtp_auth_password_file":    d.text(&e.password.file),
			"smtp_auth_secret":           d.expanded(&e.secret.value),
			"smtp_auth_secret_file":      d.text(&e.secret.file),
			"smtp_auth_identity":         d.text(&e.identity),
			"smtp_require_tls":           d.flag(&e.requireTLS),
			"smtp_force_implicit_tls":    d.flag(&e.implicitTLS),
			"smtp_tls_config":            d.tlsConfig(&e.tls),
			"pagerduty_url":              d.expanded(&v.pagerdutyURL),
			"opsgenie_api_url":           d.expanded(&v.opsgenieURL),
			"opsgenie_api_key":           d.expanded(&v.opsgenieKey.value),
			"opsgenie_api_key_file":      d.text(&v.opsgenieKey.file),
			"telegram_api_url":           d.expanded(&v.telegramURL),
			"telegram_bot_token":         d.expanded(&v.telegramToken.value),
			"telegram_bot_token_file":    d.text(&v.telegramToken.file),
		})
		if timeout.set() {
			timeout.warn(CodeNoEffect, "resolve_timeout is for alerts that others post; the end of its own alerts tocsin knows")
		}
		s.webhook.one("slack_api_url")
		s.token.one("slack_app_token")
		s.appLevel.one("slack_app_level_token")
		e.password.one("smtp_auth_password")
		e.secret.one("smtp_auth_secret")
		v.opsgenieKey.one("opsgenie_api_key")
		v.telegramToken.one("telegram_bot_token")
		if s.webhook.set() && s.token.set() && !s.namesMethod() {
			s.token.pos().bad(CodeConflict, "slack_api_url and slack_app_token exclude one another")
		}
	}
}
