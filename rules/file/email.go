package file

import (
	"net"
	"net/mail"
	"net/textproto"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/config"
	"gopkg.in/yaml.v3"

	"tocsin/rules"
)

// A TLSMode says how a connection to a mail server is protected.
type TLSMode uint8

// The modes. The zero value is the safe one.
const (
	StartTLS    TLSMode = iota // STARTTLS, or nothing is sent
	ImplicitTLS                // TLS from the first byte, as on port 465
	PlainText                  // require_tls: false
)

// String returns the word for it.
func (m TLSMode) String() string {
	switch m {
	case StartTLS:
		return "starttls"
	case ImplicitTLS:
		return "implicit"
	case PlainText:
		return "plain"
	}
	return "unknown"
}

// An EmailConfig is how to reach a list of recipients.
type EmailConfig struct {
	To        []string
	From      string
	Smarthost string // host:port
	Hello     string // empty: the domain of From

	Username, Identity      string
	Password, Secret, Token Secret

	TLS       TLSMode
	TLSConfig *config.TLSConfig // nil: the system's roots

	Headers    map[string]string // templates, by canonical name
	HTML, Text string            // templates; empty: tocsin's own
	// StatefulSubject puts the state into the subject, in place of one subject for an
	// episode.
	StatefulSubject bool
	Chart           bool // a picture of the value goes with the mail
	Timeout         time.Duration
}

// A rawEmail is an item of email_configs, as written.
type rawEmail struct {
	pos
	sendResolved            flag
	to                      []text
	from, hello, smarthost  text
	username, identity      text
	password, secret, token rawSecret
	requireTLS, implicitTLS flag
	tls                     *config.TLSConfig
	headers                 map[string]text
	html, text              text
	subject                 text
	chart                   flag
}

func (d *doc) email(n *yaml.Node) *rawEmail {
	e := &rawEmail{pos: d.at(n), headers: map[string]text{}}
	d.object(n, "email receiver", fields{
		"send_resolved":      d.flag(&e.sendResolved),
		"to":                 d.oneOrMore("addresses", &e.to),
		"from":               d.text(&e.from),
		"hello":              d.text(&e.hello),
		"smarthost":          d.text(&e.smarthost),
		"auth_username":      d.text(&e.username),
		"auth_identity":      d.text(&e.identity),
		"auth_password":      d.expanded(&e.password.value),
		"auth_password_file": d.text(&e.password.file),
		"auth_secret":        d.expanded(&e.secret.value),
		"auth_secret_file":   d.text(&e.secret.file),
		"auth_token":         d.expanded(&e.token.value),
		"auth_token_file":    d.text(&e.token.file),
		"require_tls":        d.flag(&e.requireTLS),
		"force_implicit_tls": d.flag(&e.implicitTLS),
		"tls_config":         d.tlsConfig(&e.tls),
		"headers":            d.headers(e.headers),
		"html":               d.text(&e.html),
		"text":               d.text(&e.text),
		"subject":            d.oneOf(&e.subject, "constant", "stateful"),
		"threading":          d.threading,
		"chart":              d.flag(&e.chart),
	})
	e.password.one("auth_password")
	e.secret.one("auth_secret")
	e.token.one("auth_token")
	return e
}

func (d *doc) headers(into map[string]text) setter {
	return d.dict("headers", func(key, value *yaml.Node) {
		name := textproto.CanonicalMIMEHeaderKey(key.Value)
		if _, ok := into[name]; ok {
			d.at(key).bad(CodeDuplicate, "header %q is there twice", short(name))
			return
		}
		if strings.ContainsAny(key.Value, " :\r\n") {
			d.at(key).bad(CodeName, "%q is not a name of a header", short(key.Value))
			return
		}
		if s, ok := d.scalar(value); ok {
			into[name] = text{d.at(value), s}
		}
	})
}

func (e *rawEmail) build(g rawGlobal) (cfg EmailConfig, in rules.Integration, target string, ok bool) {
	host, from := orText(e.smarthost, g.email.smarthost), orText(e.from, g.email.from)
	cfg = EmailConfig{
		From: from.s, Smarthost: host.s, Hello: orText(e.hello, g.email.hello).s,
		Username: orText(e.username, g.email.username).s, Identity: orText(e.identity, g.email.identity).s,
		Password: e.password.or(g.email.password).build(), Secret: e.secret.or(g.email.secret).build(),
		Token: e.token.build(), TLSConfig: e.tls, TLS: e.mode(g, host.s),
		Headers: map[string]string{}, HTML: e.html.s, Text: e.text.s, Timeout: emailTimeout,
		StatefulSubject: e.subject.s == "stateful", Chart: e.chart.or(true),
	}
	for name, t := range e.headers {
		cfg.Headers[name] = t.s
	}
	if cfg.TLSConfig == nil {
		cfg.TLSConfig = g.email.tls
	}
	cfg.To, ok = e.recipients()
	ok = e.sender(from) && ok
	ok = e.server(host) && ok
	in = rules.Integration{Kind: "email", SendResolved: e.sendResolved.or(true), Timeout: emailTimeout}
	to := slices.Clone(cfg.To)
	slices.Sort(to)
	return cfg, in, strings.ToLower(strings.Join(to, ",")) + " " + cfg.Smarthost, ok
}

func orText(own, other text) text {
	if own.set() {
		return own
	}
	return other
}

func (e *rawEmail) recipients() (all []string, ok bool) {
	if len(e.to) == 0 {
		e.bad(CodeMissing, "an email receiver needs to: the addresses")
		return nil, false
	}
	ok = true
	for _, t := range e.to {
		list, err := mail.ParseAddressList(t.s)
		if err != nil {
			t.bad(CodeAddress, "%q is no list of mail addresses", short(t.s)).Hint = "write ops@example.org, boss@example.org"
			ok = false
			continue
		}
		for _, a := range list {
			all = append(all, a.String())
		}
	}
	return all, ok
}

func (e *rawEmail) sender(from text) bool {
	if !from.set() {
		e.bad(CodeMissing, "an email receiver needs from: the sender's address").Hint = "or smtp_from in global, for all"
		return false
	}
	if _, err := mail.ParseAddress(from.s); err != nil {
		from.bad(CodeAddress, "%q is no mail address", short(from.s))
		return false
	}
	return true
}

func (e *rawEmail) server(host text) bool {
	if !host.set() {
		e.bad(CodeMissing, "an email receiver needs smarthost: the mail server").Hint = "or smtp_smarthost in global, for all"
		return false
	}
	name, port, err := net.SplitHostPort(host.s)
	if err != nil || name == "" || port == "" {
		host.bad(CodeAddress, "not host:port").Hint = "write mail.example.org:587"
		return false
	}
	return true
}

func (e *rawEmail) mode(g rawGlobal, host string) TLSMode {
	implicit := e.implicitTLS
	if !implicit.set() {
		implicit = g.email.implicitTLS
	}
	if implicit.or(strings.HasSuffix(host, ":465")) {
		return ImplicitTLS
	}
	if e.requireTLS.or(g.email.requireTLS.or(true)) {
		return StartTLS
	}
	return PlainText
}
