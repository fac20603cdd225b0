package file

import (
	"path/filepath"
	"strings"

	"github.com/prometheus/common/config"
)

// asBot returns the receiver as one with app_token, if it says so in the way that
// was the only one before Alertmanager had app_token: api_url names the method
// chat.postMessage, and http_config brings the token. Otherwise nil.
func (s *rawSlack) asBot(g rawGlobal) *rawSlack {
	method, http := s.webhook.or(g.slack.webhook).value, httpOf(s.http, g.http)
	if s.token.set() || !strings.HasSuffix(method.s, "/chat.postMessage") || !bearer(http) {
		return nil
	}
	out, plain := *s, *http
	plain.Authorization = nil
	out.http, out.webhook, out.appURL = &plain, rawSecret{}, method
	if file := http.Authorization.CredentialsFile; file != "" {
		out.token.file = text{method.pos, method.d.asWritten(file)}
	} else {
		out.token.value = text{method.pos, string(http.Authorization.Credentials)}
	}
	return &out
}

// namesMethod reports whether api_url is Slack's own method, as app_url has it. It
// then says nothing beside a token: Alertmanager allows both, for those who are
// about to move their tokens.
func (s *rawSlack) namesMethod() bool {
	method := "https://slack.com/api/chat.postMessage"
	if s.appURL.set() {
		method = s.appURL.s
	}
	return s.webhook.value.s == method
}

func bearer(c *config.HTTPClientConfig) bool {
	return c.Authorization != nil && strings.EqualFold(c.Authorization.Type, "Bearer")
}

// asWritten undoes what joined a file's name to the folder of the config.
func (d *doc) asWritten(name string) string {
	if rel, err := filepath.Rel(d.dir(), name); err == nil && !filepath.IsAbs(name) {
		return rel
	}
	return name
}
