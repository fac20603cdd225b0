package e2e

import (
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strings"
	"testing"
	"time"

	"tocsin/e2e/eventually"
	"tocsin/e2e/exim"
	"tocsin/notifier/email/mailtest"
)

// newExim starts a real mail server and returns a receiver's integration for it.
func newExim(t *testing.T, to string) (*exim.Server, string) {
	t.Helper()
	config, certificate, err := mailtest.Certificate()
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalECPrivateKey(config.Certificates[0].PrivateKey.(*ecdsa.PrivateKey))
	if err != nil {
		t.Fatal(err)
	}
	s := exim.Start(t, certificate, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}))
	return s, fmt.Sprintf(`
    email_configs:
      - to: %q
        from: tocsin@example.org
        smarthost: %q
        auth_username: %q
        auth_password: %q
        tls_config: {ca_file: %q}
`, to, s.Address, exim.User, exim.Password, s.CA)
}

// team is ten people, one of whom the server doesn't know.
func team() (names []string, to string) {
	for n := range 9 {
		names = append(names, fmt.Sprint("member", n))
	}
	all := append([]string{exim.Nobody}, names...)
	return names, strings.Join(all, "@example.org, ") + "@example.org"
}

// TestF10RealMailServer: over STARTTLS and with a password, a mail to ten people
// reaches the nine whom Debian's exim knows, once each; who is not known is
// reported, and in the next mail too nobody else misses anything.
func TestF10RealMailServer(t *testing.T) {
	t.Parallel()
	names, to := team()
	w := newWorld(t)
	server, yaml := newExim(t, to)
	w.set(`load{i="a"}`, 75)
	d := w.home(t, setup{receivers: yaml}, loadRules(70, 90)).Start()
	mailed(t, server, names, 1)
	w.gauges.Set(`load{i="a"}`, 10)
	mailed(t, server, names, 2)
	w.quiet(t, 3*time.Second)
	mailed(t, server, names, 2)
	for _, raw := range server.Mails(names[0]) {
		text, html := readMail(t, mailtest.Mail{Raw: raw})
		if !strings.Contains(text, "HighLoad") || !strings.Contains(html, "HighLoad") {
			t.Errorf("a mail without the facts:\n%s", raw)
		}
	}
	if !strings.Contains(d.Output(), exim.Nobody+"@example.org") {
		t.Errorf("the log doesn't say who was rejected:\n%s", d.Output())
	}
	if log := server.Log(); !strings.Contains(log, "P=esmtpsa") || strings.Contains(log, "P=esmtp ") {
		t.Errorf("not encrypted, or without a password:\n%s", log)
	}
}

// TestF01RealMailServerAway: what a real mail server could not be told is mailed
// when it is back, as it is then, and the webhook did not wait.
func TestF01RealMailServerAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	server, yaml := newExim(t, "ada@example.org")
	w.set(`load{i="a"}`, 75)
	w.home(t, setup{receivers: yaml}, loadRules(70, 90)).Start()
	mailed(t, server, []string{"ada"}, 1)
	server.Stop()
	w.gauges.Set(`load{i="a"}`, 95)
	w.expect(t, 1, "HighLoad a error")
	w.gauges.Set(`load{i="a"}`, 10)
	w.expect(t, 2, "HighLoad a resolved")
	server.Again()
	mailed(t, server, []string{"ada"}, 2)
	var last string
	for _, raw := range server.Mails("ada") {
		if text, _ := readMail(t, mailtest.Mail{Raw: raw}); strings.Contains(text, "RESOLVED") {
			last = text
		}
		if text, _ := readMail(t, mailtest.Mail{Raw: raw}); strings.Contains(text, "raised from warn") {
			t.Errorf("a stale mail:\n%s", text)
		}
	}
	if last == "" {
		t.Error("no mail says that it is over")
	}
}

// TestF38MailPasswordRotates: a password that the mail server takes no more is
// reported, though never shown, and its file is read again at the next mail.
func TestF38MailPasswordRotates(t *testing.T) {
	t.Parallel()
	const old = "an older secret"
	w := newWorld(t)
	server, yaml := newExim(t, "ada@example.org")
	yaml = strings.Replace(yaml, fmt.Sprintf("auth_password: %q", exim.Password), "auth_password_file: password", 1)
	w.set(`load{i="a"}`, 75)
	home := w.home(t, setup{receivers: yaml}, loadRules(70, 90))
	home.Write("password", old)
	d := home.Start()
	eventually.Nil(t, patience, func() error {
		if !strings.Contains(d.Output(), "535") {
			return fmt.Errorf("the log does not say that the password is wrong:\n%s", d.Output())
		}
		return nil
	})
	eventually.Nil(t, patience, func() error { // the log is a moment ahead
		failing, err := home.Metric(`tocsin_receiver_failing{integration="email`)
		if err == nil && failing != 1 {
			err = fmt.Errorf("failing: %v", failing)
		}
		return err
	})
	home.Write("password", exim.Password)
	w.gauges.Set(`load{i="a"}`, 95)
	mailed(t, server, []string{"ada"}, 1)
	if strings.Contains(d.Output(), old) || strings.Contains(d.Output(), exim.Password) {
		t.Errorf("the log shows a password:\n%s", d.Output())
	}
}

// mailed waits until each has so many mails, and fails if anyone has more.
func mailed(t *testing.T, server *exim.Server, names []string, want int) {
	t.Helper()
	for _, name := range names {
		eventually.Nil(t, patience, func() error {
			if got := len(server.Mails(name)); got < want {
				return fmt.Errorf("%s has %d mails, want %d; the server says:\n%s", name, got, want, server.Log())
			}
			return nil
		})
		if got := len(server.Mails(name)); got > want {
			t.Fatalf("%s has %d mails, want %d; the server says:\n%s", name, got, want, server.Log())
		}
	}
}
