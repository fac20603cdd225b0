package email

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/config"

	"tocsin/notifier"
	"tocsin/notifier/attempt"
	"tocsin/notifier/email/mailtest"
	"tocsin/notifier/message/messagetest"
)

func server(t *testing.T, o mailtest.Options) *mailtest.Server {
	t.Helper()
	s, err := mailtest.Listen(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func plainTo(s *mailtest.Server) Settings {
	return Settings{
		To: []string{"a@example.org", "B <b@example.org>, c@example.org"}, From: "Alerts <alerts@example.com>",
		Smarthost: s.Addr(), TLS: Plain,
	}
}

// Deadlines of attempts: what should end by itself has plenty, for the machine
// may be busy; what hangs has less, and runs beside the others.
const (
	plenty = 20 * time.Second
	little = 2 * time.Second
)

func send(t *testing.T, s Settings, left ...string) notifier.Settled {
	t.Helper()
	return sendWithin(t, plenty, s, left...)
}

func sendWithin(t *testing.T, limit time.Duration, s Settings, left ...string) notifier.Settled {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	d := messagetest.Cases()[0].Delivery
	d.Attempt, d.Left = 2, left
	end := newSender(t, s).Send(ctx, d)
	if end.ID != d.ID || end.Attempt != 2 || strings.Contains(end.Error, "very-secret") {
		t.Errorf("%+v", end)
	}
	return end
}

func TestDelivered(t *testing.T) {
	s := server(t, mailtest.Options{})
	end := send(t, plainTo(s))
	got := s.Mails()
	if end.Outcome != notifier.Delivered || end.Handle != "<id-first@example.com>" || end.Error != "" || end.Left != nil || len(got) != 1 {
		t.Fatalf("%+v", end)
	}
	m := got[0]
	if m.From != "alerts@example.com" || !slices.Equal(m.To, []string{"a@example.org", "b@example.org", "c@example.org"}) || m.Helo != "example.com" {
		t.Errorf("envelope %q to %q, hello %q", m.From, m.To, m.Helo)
	}
	if !strings.Contains(string(m.Raw), "Message-ID: <id-first@example.com>\r\n") {
		t.Errorf("mail %q", m.Raw)
	}
}

// Recipients are served each for itself: what is refused for now is left, what
// is refused for good is reported, and neither costs the others their mail.
func TestF10Recipients(t *testing.T) {
	for _, c := range []struct {
		why      string
		rejected map[string]int
		left     []string
		want     notifier.Outcome
		to       []string
		remain   []string
		error    string
	}{
		{"one is rejected for good", map[string]int{"b@example.org": 550}, nil, notifier.Delivered, []string{"a@example.org", "c@example.org"}, nil, "b@example.org: 550"},
		{"one is full for now", map[string]int{"c@example.org": 452}, nil, notifier.Delivered, []string{"a@example.org", "b@example.org"}, []string{"c@example.org"}, "c@example.org: 452"},
		{"both", map[string]int{"b@example.org": 550, "c@example.org": 452}, nil, notifier.Delivered, []string{"a@example.org"}, []string{"c@example.org"}, "550"},
		{"nobody, for good", map[string]int{"a@example.org": 550, "b@example.org": 550, "c@example.org": 553}, nil, notifier.Rejected, nil, nil, "no recipient"},
		{"nobody for now", map[string]int{"a@example.org": 550, "b@example.org": 450, "c@example.org": 450}, nil, notifier.Refused, nil, []string{"b@example.org", "c@example.org"}, "no recipient"},
		{"a retry serves only who was left", nil, []string{"c@example.org"}, notifier.Delivered, []string{"c@example.org"}, nil, ""},
		{"nobody of those who were left is there any more", nil, []string{"x@example.org"}, notifier.Delivered, nil, nil, ""},
		{"who is no longer in the settings is not served", nil, []string{"x@example.org", "b@example.org"}, notifier.Delivered, []string{"b@example.org"}, nil, ""},
	} {
		t.Run(c.why, func(t *testing.T) {
			s := server(t, mailtest.Options{})
			for address, code := range c.rejected {
				s.Reject(address, code, "no")
			}
			end := send(t, plainTo(s), c.left...)
			if end.Outcome != c.want || !slices.Equal(end.Left, c.remain) || !strings.Contains(end.Error, c.error) || (end.Error == "") != (c.error == "") {
				t.Errorf("%v, left %q, %q", end.Outcome, end.Left, end.Error)
			}
			var to []string
			for _, m := range s.Mails() {
				to = append(to, m.To...)
			}
			if !slices.Equal(to, c.to) {
				t.Errorf("sent to %q, want %q", to, c.to)
			}
		})
	}
}

// Each phase fails in each way: before the content nothing was taken, after it
// nobody knows, unless the server says.
func TestOutcomes(t *testing.T) {
	for _, c := range []struct {
		why   string
		fault mailtest.Fault
		want  notifier.Outcome
		error string
	}{
		{"hello: for now", mailtest.Fault{Phase: mailtest.Hello, Code: 421}, notifier.Refused, "421"},
		{"hello: silence", mailtest.Fault{Phase: mailtest.Hello, Hang: true}, notifier.Refused, "no answer in time"},
		{"hello: cut", mailtest.Fault{Phase: mailtest.Hello, Cut: true}, notifier.Refused, "EOF"},
		{"sender: for now", mailtest.Fault{Phase: mailtest.From, Code: 451}, notifier.Refused, "MAIL FROM: 451"},
		{"sender: for good", mailtest.Fault{Phase: mailtest.From, Code: 550}, notifier.Rejected, "MAIL FROM: 550"},
		{"sender: silence", mailtest.Fault{Phase: mailtest.From, Hang: true}, notifier.Refused, "no answer in time"},
		{"recipient: the server is going", mailtest.Fault{Phase: mailtest.Rcpt, Code: 421}, notifier.Refused, "RCPT TO: 421"},
		{"recipient: cut", mailtest.Fault{Phase: mailtest.Rcpt, Cut: true}, notifier.Refused, "EOF"},
		{"recipient: silence", mailtest.Fault{Phase: mailtest.Rcpt, Hang: true}, notifier.Refused, "no answer in time"},
		{"content: for now", mailtest.Fault{Phase: mailtest.Lost, Code: 451}, notifier.Refused, "content: 451"},
		{"content: for good", mailtest.Fault{Phase: mailtest.Lost, Code: 554}, notifier.Rejected, "content: 554"},
		{"content: taken, then silence", mailtest.Fault{Phase: mailtest.Taken, Hang: true}, notifier.Unknown, "no answer in time"},
		{"content: taken, then cut", mailtest.Fault{Phase: mailtest.Taken, Cut: true}, notifier.Unknown, "EOF"},
		{"content: lost, then cut", mailtest.Fault{Phase: mailtest.Lost, Cut: true}, notifier.Unknown, "EOF"},
		{"content: cut in the middle", mailtest.Fault{Phase: mailtest.Content, Cut: true}, notifier.Unknown, ""},
	} {
		t.Run(c.why, func(t *testing.T) {
			t.Parallel()
			limit := plenty
			if c.fault.Hang {
				limit = little
			}
			s := server(t, mailtest.Options{})
			s.Fail(c.fault)
			if c.fault.Phase == mailtest.Hello && c.fault.Code != 0 {
				s.Fail(c.fault) // after EHLO go-mail tries HELO
			}
			if end := sendWithin(t, limit, plainTo(s)); end.Outcome != c.want || !strings.Contains(end.Error, c.error) || end.Error == "" {
				t.Errorf("%v %q", end.Outcome, end.Error)
			}
			if end := send(t, plainTo(s)); end.Outcome != notifier.Delivered {
				t.Errorf("the next attempt: %+v", end)
			}
		})
	}
}

// The end of the context ends an attempt at once, wherever it is.
func TestCancelled(t *testing.T) {
	for _, phase := range []mailtest.Phase{mailtest.Hello, mailtest.Rcpt, mailtest.Taken} {
		s := server(t, mailtest.Options{})
		s.Fail(mailtest.Fault{Phase: phase, Hang: true})
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(500*time.Millisecond, cancel)
		began := time.Now()
		end := newSender(t, plainTo(s)).Send(ctx, messagetest.Cases()[0].Delivery)
		if took := time.Since(began); took > patience/3 || !strings.Contains(end.Error, "canceled") {
			t.Errorf("%v: %v after %v, %q", phase, end.Outcome, took, end.Error)
		}
	}
}

// After a doubtful end those who were refused for good are not asked again.
func TestDoubtKeepsWhoIsLeft(t *testing.T) {
	s := server(t, mailtest.Options{})
	s.Reject("a@example.org", 550, "no")
	s.Reject("b@example.org", 452, "full")
	s.Fail(mailtest.Fault{Phase: mailtest.Taken, Cut: true})
	end := send(t, plainTo(s))
	if end.Outcome != notifier.Unknown || !slices.Equal(end.Left, []string{"c@example.org", "b@example.org"}) {
		t.Errorf("%+v", end)
	}
}

// TLS is mandatory unless the settings say otherwise, and is checked.
func TestTLS(t *testing.T) {
	cert, pem, err := mailtest.Certificate()
	if err != nil {
		t.Fatal(err)
	}
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem, 0o600); err != nil {
		t.Fatal(err)
	}
	trusting := &config.TLSConfig{CAFile: ca}
	for _, c := range []struct {
		why    string
		server mailtest.Options
		tls    TLS
		client *config.TLSConfig
		want   notifier.Outcome
		error  string
	}{
		{"STARTTLS", mailtest.Options{TLS: cert}, StartTLS, trusting, notifier.Delivered, ""},
		{"STARTTLS that is not offered", mailtest.Options{}, StartTLS, trusting, notifier.Refused, "does not support STARTTLS"},
		{"an unknown certificate", mailtest.Options{TLS: cert}, StartTLS, nil, notifier.Refused, "unknown authority"},
		{"an unknown certificate that is let pass", mailtest.Options{TLS: cert}, StartTLS, &config.TLSConfig{InsecureSkipVerify: true}, notifier.Delivered, ""},
		{"a certificate of another", mailtest.Options{TLS: cert}, StartTLS, &config.TLSConfig{CAFile: ca, ServerName: "other.example.org"}, notifier.Refused, "not other.example.org"},
		{"TLS from the first byte", mailtest.Options{TLS: cert, Implicit: true}, Implicit, trusting, notifier.Delivered, ""},
		{"TLS from the first byte, unknown certificate", mailtest.Options{TLS: cert, Implicit: true}, Implicit, nil, notifier.Refused, "unknown authority"},
		{"TLS from the first byte with a server that waits for none", mailtest.Options{}, Implicit, trusting, notifier.Refused, ""},
		{"plain where it is allowed", mailtest.Options{TLS: cert}, Plain, nil, notifier.Delivered, ""},
	} {
		t.Run(c.why, func(t *testing.T) {
			s := server(t, c.server)
			st := plainTo(s)
			st.TLS, st.TLSConfig = c.tls, c.client
			limit := plenty
			if c.tls == Implicit && c.server.TLS == nil {
				limit = little // both wait for the other
			}
			end := sendWithin(t, limit, st)
			if end.Outcome != c.want || !strings.Contains(end.Error, c.error) {
				t.Errorf("%v %q", end.Outcome, end.Error)
			}
			for _, m := range s.Mails() {
				if m.TLS != (c.tls != Plain) {
					t.Errorf("TLS is %v", m.TLS)
				}
			}
		})
	}
}

func TestAuth(t *testing.T) {
	cert, pem, err := mailtest.Certificate()
	if err != nil {
		t.Fatal(err)
	}
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem, 0o600); err != nil {
		t.Fatal(err)
	}
	secret := attempt.Secret{Value: "very-secret"}
	wrong := attempt.Secret{Value: "not-very-secret"}
	for _, c := range []struct {
		why        string
		mechanisms []string
		change     func(*Settings)
		want       notifier.Outcome
		error      string
	}{
		{"PLAIN", []string{"PLAIN"}, func(s *Settings) { s.Password = secret }, notifier.Delivered, ""},
		{"LOGIN", []string{"LOGIN"}, func(s *Settings) { s.Password = secret }, notifier.Delivered, ""},
		{"CRAM-MD5 by its secret", []string{"PLAIN", "CRAM-MD5"}, func(s *Settings) { s.Secret = secret; s.Password = wrong }, notifier.Delivered, ""},
		{"CRAM-MD5 by the password, if there is nothing else", []string{"CRAM-MD5"}, func(s *Settings) { s.Password = secret }, notifier.Delivered, ""},
		{"SCRAM-SHA-256 before PLAIN", []string{"PLAIN", "SCRAM-SHA-256"}, func(s *Settings) { s.Password = secret }, notifier.Delivered, ""},
		{"the wrong password for SCRAM-SHA-256", []string{"SCRAM-SHA-256"}, func(s *Settings) { s.Password = wrong }, notifier.Rejected, "535"},
		{"XOAUTH2", []string{"PLAIN", "XOAUTH2"}, func(s *Settings) { s.Token = secret }, notifier.Delivered, ""},
		{"implicit TLS too", []string{"PLAIN"}, func(s *Settings) { s.Password = secret; s.TLS = Implicit }, notifier.Delivered, ""},
		{"the wrong password", []string{"PLAIN"}, func(s *Settings) { s.Password = wrong }, notifier.Rejected, "authenticate: 535"},
		{"the wrong secret", []string{"CRAM-MD5"}, func(s *Settings) { s.Secret = wrong }, notifier.Rejected, "535"},
		{"the wrong token", []string{"XOAUTH2"}, func(s *Settings) { s.Token = wrong }, notifier.Rejected, "535"},
		{"no mechanism that fits", []string{"XOAUTH2"}, func(s *Settings) { s.Password = secret }, notifier.Refused, "for none of which"},
		{"no password where one is asked for", []string{"PLAIN"}, func(*Settings) {}, notifier.Rejected, "502"},
		{"the file is missing", []string{"PLAIN"}, func(s *Settings) { s.Password = attempt.Secret{File: "/nonexistent"} }, notifier.Refused, "no such file"},
	} {
		t.Run(c.why, func(t *testing.T) {
			st := Settings{Username: "me", TLS: StartTLS, TLSConfig: &config.TLSConfig{CAFile: ca}}
			c.change(&st)
			s := server(t, mailtest.Options{TLS: cert, Implicit: st.TLS == Implicit, User: "me", Password: "very-secret", Mechanisms: c.mechanisms})
			st.To, st.From, st.Smarthost = []string{"a@example.org"}, "alerts@example.com", s.Addr()
			end := send(t, st)
			if end.Outcome != c.want || !strings.Contains(end.Error, c.error) {
				t.Errorf("%v %q", end.Outcome, end.Error)
			}
			for _, m := range s.Mails() {
				if m.User != "me" {
					t.Errorf("logged in as %q", m.User)
				}
			}
		})
	}
}

// A server that can't be reached, says nothing, or talks without end.
func TestNotReached(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	endless, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer endless.Close()
	go func() {
		for {
			c, err := endless.Accept()
			if err != nil {
				return
			}
			for {
				if _, err := c.Write([]byte(strings.Repeat("x", 64<<10))); err != nil {
					break
				}
			}
		}
	}()
	for _, c := range []struct{ why, address, error string }{
		{"connection refused", closed.Addr().String(), "refused"},
		{"no such host", "no-such-host.invalid:25", "no-such-host"},
		{"silence", silent.Addr().String(), "no answer in time"},
		{"no end of words", endless.Addr().String(), "too much"},
	} {
		st := settings()
		st.Smarthost = c.address
		limit := plenty
		if c.why == "silence" {
			limit = little
		}
		if end := sendWithin(t, limit, st); end.Outcome != notifier.Refused || !strings.Contains(end.Error, c.error) {
			t.Errorf("%s: %v %q", c.why, end.Outcome, end.Error)
		}
	}
}

func TestSettings(t *testing.T) {
	for _, c := range []struct {
		why    string
		change func(*Settings)
	}{
		{"no sender", func(s *Settings) { s.From = "" }},
		{"a sender that is none", func(s *Settings) { s.From = "nobody" }},
		{"nobody to send to", func(s *Settings) { s.To = nil }},
		{"a recipient that is none", func(s *Settings) { s.To = []string{"a@example.org, b"} }},
		{"line breaks in a recipient", func(s *Settings) { s.To = []string{"a@example.org\r\nRCPT TO:<b@example.org>"} }},
		{"no port", func(s *Settings) { s.Smarthost = "localhost" }},
		{"no such port", func(s *Settings) { s.Smarthost = "localhost:nope" }},
		{"no such CA", func(s *Settings) { s.TLSConfig = &config.TLSConfig{CAFile: "/nonexistent"} }},
	} {
		s := settings()
		c.change(&s)
		if _, err := New(s, nil); err == nil {
			t.Errorf("%s: no error", c.why)
		}
	}
}
