package request

import (
	"fmt"
	"strings"
	"testing"
)

// A definition is values and requests, each for one action or several.
func TestParse(t *testing.T) {
	d, err := parse(`# A service.
@url = https://a.example.org/?b=c
@escape = HTML
@limit = 10
@seconds = a.b
@refused-status = 403
@refused = try later
@rejected = never

### raise, resolve
POST {{ .URL }}
Content-Type: application/json
X-Key: a: b

{"a":

1}

### raise
PUT {{ .URL }}/more

### update
GET {{ .URL }}
`)
	want := "{https://a.example.org/?b=c HTML 10 a.b 403 try later never " +
		"[{POST {{ .URL }} [{Content-Type application/json} {X-Key a: b}] {\"a\":\n\n1}} {PUT {{ .URL }}/more [] }] " +
		"[{GET {{ .URL }} [] }] [{POST {{ .URL }} [{Content-Type application/json} {X-Key a: b}] {\"a\":\n\n1}}]}"
	if got := fmt.Sprint(d); got != want || err != nil {
		t.Errorf("%v\ngot  %s\nwant %s", err, got, want)
	}
	for text, want := range map[string]string{
		"@limt = 3": "@limt", "@limit = x": "x", "### rais\nGET x": "rais", "### raise\nGET": "method",
	} {
		if _, err := parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// Without an update what has changed is raised again; without a resolve nothing
// is told.
func TestCalls(t *testing.T) {
	raise, update := []Call{{Method: "a"}}, []Call{{Method: "b"}}
	d := Definition{Raise: raise}
	if got := fmt.Sprint(d.Calls(Raise), d.Calls(Update), d.Calls(Resolve)); got != "[{a  [] }] [{a  [] }] []" {
		t.Error(got)
	}
	d.Update = update
	if got := fmt.Sprint(d.Calls(Update)); got != "[{b  [] }]" {
		t.Error(got)
	}
}

func TestKnown(t *testing.T) {
	for _, name := range []string{"pagerduty", "pagerduty-v1", "opsgenie", "msteams", "msteamsv2", "telegram", "discord"} {
		if d, err := Known(name); err != nil || len(d.Raise) == 0 || len(d.Resolve) == 0 {
			t.Errorf("%s: %v, %v", name, d, err)
		}
	}
	if _, err := Known("fax"); err == nil || !strings.Contains(err.Error(), `"fax"`) {
		t.Error(err)
	}
}
