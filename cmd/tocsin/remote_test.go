package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tocsin/rules"
	"tocsin/web/people"
)

// A desk is a daemon that answers what a test says, and what it was asked.
type desk struct {
	answers map[string]string // by method and path
	status  int
	asked   []string
	user    string
}

func (d *desk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	d.asked = append(d.asked, strings.TrimSpace(r.Method+" "+r.URL.RequestURI()+" "+string(body)))
	if user, password, ok := r.BasicAuth(); ok {
		d.user = user + " " + password
	}
	if d.status != 0 {
		w.WriteHeader(d.status)
	}
	_, _ = io.WriteString(w, d.answers[r.Method+" "+r.URL.Path])
}

// at runs a command against the desk.
func (d *desk) at(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	server := httptest.NewServer(d)
	defer server.Close()
	url := strings.Replace(server.URL, "http://", "http://ada:hunter2@", 1) + "/base/"
	return on(t, map[string]string{"TOCSIN_URL": url, "USER": "ada"}, args...)
}

const oneAlert = `{"fingerprint":"584bea02e7a64169","labels":{"alertname":"Latency","route":"/a\tb","severity":"critical"},"level":"error",` +
	`"value":"0.6","versus":"600 ms > 500 ms","heldBy":{"silences":["s1"],"acknowledgement":{"by":"bob","comment":"mine"}}}`

// What the daemon refuses is said in its words, with the code of whose fault it
// is; the password never.
func TestRefusal(t *testing.T) {
	for _, c := range []struct {
		sentence string
		status   int
		body     string
		code     int
		says     string
	}{
		{"a problem as of RFC 9457", 404, `{"title":"Not Found","status":404,"detail":"no such alert"}`, exitBad, "tocsin: no such alert\n"},
		{
			"with what is wrong where", 422, `{"detail":"validation failed","errors":[{"message":"expected one of","location":"body.level"}]}`, exitBad,
			"tocsin: validation failed; body.level: expected one of\n",
		},
		{"a text as Alertmanager's", 400, `"end time can't be in the past"`, exitBad, "tocsin: end time can't be in the past\n"},
		{"the store fails", 503, `{"detail":"the store is failing"}`, exitIncomplete, "tocsin: the store is failing\n"},
		{"a password is wanted", 401, "Unauthorized", exitBad, "asks for a user and a password"},
		{"something else", 404, "<html>", exitBad, "says 404 Not Found"},
		{"no answer of ours", 0, "<html>", exitIncomplete, "is not tocsin's"},
	} {
		d := &desk{status: c.status, answers: map[string]string{"GET /base/api/tocsin/v1/alerts": c.body}}
		code, out, err := d.at(t, "alerts")
		if code != c.code || out != "" || !strings.Contains(err, c.says) || strings.Contains(err, "hunter2") {
			t.Errorf("%s: code %d, %q, %q", c.sentence, code, out, err)
		}
		if d.user != "ada hunter2" {
			t.Errorf("%s: asked by %q", c.sentence, d.user)
		}
	}
}

// In a pipe, rows are tabs and nothing else; labels of anybody break no row.
func TestAlertsCommand(t *testing.T) {
	began := time.Now().Add(-12 * time.Minute).UTC().Format(time.RFC3339)
	alert := strings.Replace(oneAlert, `{"fing`, `{"startsAt":"`+began+`","fing`, 1)
	d := &desk{answers: map[string]string{"GET /base/api/tocsin/v1/alerts": `{"alerts":[` + alert + `]}`}}
	code, out, err := d.at(t, "alerts", "Latency", "route=~/a.*", "--level=warn")
	if want := "error\tLatency\t600 ms > 500 ms\t12m\troute=/a b\tack of bob: mine, silence s1\t584bea02e7a64169\n"; code != 0 || out != want {
		t.Errorf("code %d, %q, %s", code, out, err)
	}
	if want := "GET /base/api/tocsin/v1/alerts?filter=alertname%3D%22Latency%22&filter=route%3D~%22%2Fa.%2A%22&level=warn&limit=10000"; d.asked[0] != want {
		t.Errorf("asked %s", d.asked[0])
	}
	for _, form := range []string{"--json", "--output=json"} {
		if code, out, _ := d.at(t, "alerts", form); code != 0 || !strings.HasPrefix(out, "[\n  {\n    \"fingerprint\": \"584bea02e7a64169\"") {
			t.Errorf("%s: code %d, %s", form, code, out)
		}
	}
}

func TestAckCommand(t *testing.T) {
	for _, c := range []struct{ args, asks string }{
		{"ack Latency", `POST /base/api/tocsin/v1/acknowledgements {"matchers":[{"name":"alertname","value":"Latency","isRegex":false,"isEqual":true}],"by":"ada"}`},
		{"ack 584bea02e7a64169 --author=bob --for=2h", `POST /base/api/tocsin/v1/acknowledgements {"alerts":[{"fingerprint":"584bea02e7a64169"}],"by":"bob","for":"2h"}`},
		{"ack --episode=e1 --level=error --comment=mine", `POST /base/api/tocsin/v1/acknowledgements {"episode":"e1","by":"ada","comment":"mine","level":"error"}`},
		{"unack 584bea02e7a64169", `DELETE /base/api/tocsin/v1/acknowledgements {"alerts":[{"fingerprint":"584bea02e7a64169"}]}`},
	} {
		method, _, _ := strings.Cut(c.asks, " ")
		d := &desk{answers: map[string]string{method + " /base/api/tocsin/v1/acknowledgements": `{"alerts":[` + oneAlert + `]}`}}
		code, out, err := d.at(t, strings.Fields(c.args)...)
		if code != 0 || !strings.HasPrefix(out, "error\tLatency\t") || len(d.asked) != 1 || d.asked[0] != c.asks {
			t.Errorf("tocsin %s: code %d, %q, %q, asked %q", c.args, code, out, err, d.asked)
		}
	}
}

// The preview goes to people, the id to programs.
func TestSilenceAdd(t *testing.T) {
	d := &desk{answers: map[string]string{
		"POST /base/api/tocsin/v1/silences/preview": `{"count":7,"alerts":[` + oneAlert + `]}`,
		"POST /base/api/v2/silences":                `{"silenceID":"s9"}`,
	}}
	code, out, err := d.at(t, "silence", "add", "Latency", "--start=2026-11-22T14:00:00Z", "--duration=2h", "--comment=at it")
	if code != 0 || out != "s9\n" || !strings.HasPrefix(err, "it matches 7 alerts that fire now:\n  error  Latency") || !strings.Contains(err, "\n  and 2 more\n") {
		t.Errorf("code %d, %q, %q", code, out, err)
	}
	if want := `"startsAt":"2026-11-22T14:00:00Z","endsAt":"2026-11-22T16:00:00Z","createdBy":"ada","comment":"at it"}`; !strings.HasSuffix(d.asked[1], want) {
		t.Errorf("asked %s", d.asked[1])
	}
	if code, out, _ := d.at(t, "silence", "add", "Latency", "--until-resolved", "--output=json"); code != 0 || out != "{\n  \"silenceID\": \"s9\"\n}\n" {
		t.Errorf("code %d, %q", code, out)
	}
	if last := d.asked[len(d.asked)-1]; !strings.HasSuffix(last, `"comment":"","untilResolved":true}`) {
		t.Errorf("asked %s", last)
	}
}

func TestAgreed(t *testing.T) {
	for answer, want := range map[string]bool{"y\n": true, "Yes\n": true, "n\n": false, "\n": false, "": false} {
		var stderr bytes.Buffer
		err := process{in: strings.NewReader(answer), err: &stderr}.agreed("Make it?")
		if (err == nil) != want || stderr.String() != "Make it? [y/N] " {
			t.Errorf("%q: %v, %q", answer, err, stderr.String())
		}
	}
}

func TestTable(t *testing.T) {
	tab := table{heads: []string{"ID", "NAME"}}
	tab.add("1", "Ünï\x1b[31m\ncode")
	tab.add("long", "x")
	if got, want := tab.aligned(), "ID    NAME\n1     Ünï\ufffd[31m code\nlong  x\n"; got != want {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
}

func TestSpan(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 29400 * time.Millisecond: "29s", 59600 * time.Millisecond: "1m", 12*time.Minute + 40*time.Second: "13m",
		time.Hour - time.Second: "1h", 90 * time.Minute: "1h30m", 24*time.Hour - time.Second: "1d", 36 * time.Hour: "1d12h",
		30 * 24 * time.Hour: "30d", -2 * time.Minute: "-2m",
	} {
		if got := span(d); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
}

func TestWhen(t *testing.T) {
	now := time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		state      rules.SilenceState
		until      bool
		start, end time.Duration
		want       string
	}{
		{"active", false, 0, 90 * time.Minute, "for 1h30m"},
		{"active", true, 0, 720 * time.Hour, "until resolved, 30d at most"},
		{"pending", false, time.Minute, 61 * time.Minute, "in 1m for 1h"},
		{"expired", false, -time.Hour, -5 * time.Minute, "5m ago"},
	} {
		s := people.Silence{StartsAt: now.Add(c.start), EndsAt: now.Add(c.end), UntilResolved: c.until}
		s.Status.State = c.state
		if got := when(s, now); got != c.want {
			t.Errorf("%s: %q, want %q", fmt.Sprint(c), got, c.want)
		}
	}
}
