package check_test

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"tocsin/check"
	"tocsin/rules"
	"tocsin/rules/file"
)

func render(t *testing.T, p rules.Problem, text string, color bool) string {
	t.Helper()
	var out bytes.Buffer
	if err := check.Render(&out, []rules.Problem{p}, file.Memory{"f": text}.Read, color); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestRender(t *testing.T) {
	for _, c := range []struct {
		why  string
		p    rules.Problem
		text string
		want string
	}{
		{
			"tabs stay, so that the caret is below its place",
			rules.Problem{File: "f", Line: 1, Col: 3, Len: 2, Code: "c", Text: "t"},
			"\t\tab",
			"f:1:3: error: t [c]\n    1 | \t\tab\n      | \t\t^^\n",
		},
		{
			"carets count letters, not bytes",
			rules.Problem{File: "f", Line: 1, Col: 4, Len: 3, Code: "c", Text: "t"},
			"ü äb c",
			"f:1:4: error: t [c]\n    1 | ü äb c\n      |   ^^\n",
		},
		{
			"a line that is not there is not drawn",
			rules.Problem{File: "f", Line: 9, Col: 1, Code: "c", Text: "t"},
			"x",
			"f:9:1: error: t [c]\n",
		},
		{
			"a problem of the file as a whole",
			rules.Problem{File: "f", Code: "c", Text: "t", Hint: "h", Warning: true},
			"x",
			"f: warning: t [c]\n      hint: h\n",
		},
		{
			"a length beyond the line ends with it",
			rules.Problem{File: "f", Line: 1, Col: 2, Len: 99, Code: "c", Text: "t"},
			"abc\ndef",
			"f:1:2: error: t [c]\n    1 | abc\n      |  ^^\n",
		},
		{
			"nothing moves the cursor",
			rules.Problem{File: "f", Line: 1, Col: 1, Code: "c", Text: "a\x1b[2Jb"},
			"x\x1b[2J\u202e",
			"f:1:1: error: a\uFFFD[2Jb [c]\n    1 | x\uFFFD[2J\uFFFD\n      | ^\n",
		},
		{
			"windows line ends",
			rules.Problem{File: "f", Line: 1, Col: 1, Len: 3, Code: "c", Text: "t"},
			"abc\r\ndef",
			"f:1:1: error: t [c]\n    1 | abc\n      | ^^^\n",
		},
	} {
		if got := render(t, c.p, c.text, false); got != c.want {
			t.Errorf("%s:\n%q\n%q", c.why, got, c.want)
		}
	}
}

func TestRenderInColour(t *testing.T) {
	p := rules.Problem{File: "f", Line: 1, Col: 1, Code: "c", Text: "t", Hint: "h"}
	if got := render(t, p, "x", true); !strings.Contains(got, "\x1b[1;31merror\x1b[0m") {
		t.Errorf("%q", got)
	}
}

// Whatever the place and the text, drawing doesn't panic, and no line is
// unbounded.
func FuzzRender(f *testing.F) {
	f.Add("abc: password", 1, 2, 3)
	f.Add(strings.Repeat("ü", 300), 1, 201, 150)
	f.Fuzz(func(t *testing.T, text string, line, col, length int) {
		got := render(t, rules.Problem{File: "f", Line: line, Col: col, Len: length, Code: "c", Text: "t"}, text, false)
		for l := range strings.SplitSeq(got, "\n") {
			if utf8.RuneCountInString(l) > 200 {
				t.Fatalf("%d letters: %q", utf8.RuneCountInString(l), l)
			}
		}
	})
}

func TestMask(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"    api_url: https://hooks.slack.com/services/T/B/x", "    api_url: **************************************"},
		{`{password: "a, b", x: 1}`, `{password: ******, x: 1}`},
		{"{app_token: abc, channel: '#a'}", "{app_token: ***, channel: '#a'}"},
		{"app_token: ${TOKEN}", "app_token: ${TOKEN}"},
		{"{app_token: '${TOKEN}'}", "{app_token: '${TOKEN}'}"},
		{"app_token_file: /run/secrets/slack", "app_token_file: /run/secrets/slack"},
		{"url: https://me:pw@host/x", "url: https://*****@host**"},
		{"- url: https://host/secret", "- url: https://host*******"},
		{"runbook_url: https://host/page", "runbook_url: https://host/page"},
		{"prometheus: http://me:pw@host:9090/x", "prometheus: http://*****@host:9090/x"},
		{"prometheus: me:pw@host:9090", "prometheus: *****@host:9090"},
		{"urls: [http://a, 'me:pw@b']", "urls: [http://a, '*****@b']"},
		{"expr: job:up @ 1700", "expr: job:up @ 1700"},
		{"smtp_smarthost: me:pw@mail:25", "smtp_smarthost: *****@mail:25"},
		{"text: xoxb-12-ab", "text: **********"},
		{"pagerduty_configs: [{routing_key: abc, service_key: d}]", "pagerduty_configs: [{routing_key: ***, service_key: *}]"},
		{"headers: {Authorization: 'Bearer abc', X: y}", "headers: {Authorization: '**********', X: y}"},
		{"authorization: {type: Basic}", "authorization: {type: Basic}"},
		{"sigv4: {access_key: abc, secret_key: defg}", "sigv4: {access_key: ***, secret_key: ****}"},
		{"tls_config: {key_file: k.pem}", "tls_config: {key_file: k.pem}"},
		{"- webhook_url: https://host/secret", "- webhook_url: https://host*******"},
		{"expr: rate(token[5m])", "expr: rate(token[5m])"},
	} {
		if got := file.Mask(c.in); got != c.want {
			t.Errorf("%s\n%s, not\n%s", c.in, got, c.want)
		}
	}
}
