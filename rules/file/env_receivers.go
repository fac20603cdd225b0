package file

import (
	"net"
	"net/url"
	"strings"

	"github.com/prometheus/common/config"
)

// addReceivers makes the one receiver that the environment describes.
func (e *environment) addReceivers(all *receivers) {
	raw := &rawReceiver{name: text{s: "environment"}}
	if e.webhook.s != "" {
		if u, err := url.Parse(e.webhook.s); err == nil && u.Hostname() == "hooks.slack.com" {
			raw.slacks = append(raw.slacks, &rawSlack{pos: e.webhook.pos, webhook: rawSecret{value: e.set(e.webhook)}})
		} else {
			raw.webhooks = append(raw.webhooks, &rawWebhook{pos: e.webhook.pos, url: rawSecret{value: e.set(e.webhook)}})
		}
	}
	if e.smtp.s != "" && e.from.s != "" && e.to.s != "" {
		if m := e.mail(); m != nil {
			raw.emails = append(raw.emails, m)
		}
	}
	if len(raw.slacks)+len(raw.webhooks)+len(raw.emails) > 0 {
		all.add(raw, rawGlobal{})
	}
}

// set gives a variable a node, so that it counts as written.
func (e *environment) set(t text) text {
	t.n = scalarNode(t.s)
	return t
}

// mail makes a mail receiver of SMTP_URL and the addresses.
func (e *environment) mail() *rawEmail {
	u, err := url.Parse(e.smtp.s)
	if err != nil {
		return nil // reported by validate
	}
	port := u.Port()
	if port == "" {
		port = "587"
		if u.Scheme == "smtps" {
			port = "465"
		}
	}
	m := &rawEmail{
		pos: e.smtp.pos, headers: map[string]text{},
		to: []text{e.set(e.to)}, from: e.set(e.from),
		smarthost: e.set(text{e.smtp.pos, net.JoinHostPort(u.Hostname(), port)}),
	}
	if u.User != nil {
		m.username = e.set(text{e.smtp.pos, u.User.Username()})
		if pass, ok := u.User.Password(); ok {
			m.password.value = e.set(text{e.smtp.pos, pass})
		}
	}
	m.implicitTLS = flag{e.set(e.smtp).pos, u.Scheme == "smtps"}
	e.mailOptions(u, m)
	return m
}

// mailOptions reads what stands behind the question mark of SMTP_URL.
func (e *environment) mailOptions(u *url.URL, m *rawEmail) {
	for name, values := range u.Query() {
		switch name {
		case "require_tls":
			m.requireTLS = flag{e.set(e.smtp).pos, e.boolean(text{e.smtp.pos, values[0]}, true)}
		case "insecure_skip_verify":
			m.tls = &config.TLSConfig{InsecureSkipVerify: e.boolean(text{e.smtp.pos, values[0]}, false)}
		case "hello":
			m.hello = e.set(text{e.smtp.pos, values[0]})
		default:
			e.smtp.variable(CodeEnvironment, "has the option %q; there are hello, insecure_skip_verify and require_tls", short(name))
		}
	}
}

// spareReceivers says that the receivers of the environment do not count beside
// those of a file.
func (e *environment) spareReceivers(s *sink) {
	var names []string
	for _, t := range []text{e.webhook, e.smtp} {
		if t.s != "" {
			names = append(names, t.d.name)
		}
	}
	if len(names) > 0 {
		s.add(problem{
			File: environmentName, Code: string(CodeNoEffect), Warning: true,
			Text: strings.Join(names, " and ") + " has no effect beside the receivers of the config",
		})
	}
}
