package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tocsin/engine"
	"tocsin/notifier"
	"tocsin/notifier/message"
	"tocsin/notifier/message/messagetest"
	"tocsin/notifier/request"
	"tocsin/notifier/request/requesttest"
	"tocsin/rules/file"
)

// manualReceivers are the examples of the manual's page on receivers, by the key
// that they show.
func manualReceivers(t *testing.T) map[string]string {
	t.Helper()
	b, err := os.ReadFile("../../docs/receivers.md")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, m := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(b), -1) {
		all[regexp.MustCompile(`name: (\S+)`).FindStringSubmatch(m[1])[1]] = m[1]
	}
	return all
}

// connected loads a config that has no rules and builds its senders.
func connected(t *testing.T, text string) []engine.Sender {
	t.Helper()
	loaded, problems := file.Load(file.Options{ConfigFile: "c.yaml", Files: file.Memory{
		"c.yaml": "prometheus: http://x\nrule_files: [r.yaml]\n" + text,
		"r.yaml": "groups: [{name: a, rules: [{alert: A, expr: up, warn: {above: 1}}]}]",
	}})
	for _, p := range problems {
		t.Errorf("%v in\n%s", p, text)
	}
	if loaded == nil {
		t.FailNow()
	}
	r, err := message.New(messagetest.Settings())
	if err != nil {
		t.Fatal(err)
	}
	senders := map[string]engine.Sender{}
	if err := connectSenders(loaded, message.NewMaker(r, nil), newCharter(loaded, nil), senders); err != nil {
		t.Fatal(err)
	}
	var all []engine.Sender
	for _, r := range loaded.Core.Receivers {
		for _, in := range r.Integrations {
			if senders[in.Key] == nil {
				t.Errorf("nobody sends for %s", in.Key)
			}
			all = append(all, senders[in.Key])
		}
	}
	return all
}

// What the manual shows loads, and the services take what comes of it, whatever
// the alerts say.
func TestManualReceivers(t *testing.T) {
	all := manualReceivers(t)
	for name, service := range map[string]string{"everybody": "", "phone": "ntfy", "chat": "mattermost", "alertmanager": "alertmanager"} {
		t.Run(name, func(t *testing.T) {
			text := all[name]
			if service == "" {
				connected(t, text)
				return
			}
			server := requesttest.New(t, service)
			dir := t.TempDir()
			write(t, filepath.Join(dir, "ntfy"), "tk_secret\n")
			write(t, filepath.Join(dir, "mattermost"), server.URL+"/hooks/very-secret\n")
			text = strings.ReplaceAll(text, "/run/secrets", dir)
			text = regexp.MustCompile(`https?://[a-z0-9-]+\.example\.org(:\d+)?`).ReplaceAllString(text, server.URL)
			for _, s := range connected(t, text) {
				for _, c := range messagetest.Cases() {
					if end := s.Send(t.Context(), c.Delivery); end.Outcome != notifier.Delivered {
						t.Errorf("%s: %v: %.400s", c.Name, end.Outcome, end.Error)
					}
				}
			}
			if n := len(server.Got()); n < len(messagetest.Cases()) {
				t.Errorf("%d requests", n)
			}
			for _, g := range server.Got() {
				if g.Status >= 300 {
					t.Errorf("refused: %.400s", g.Body)
				}
			}
		})
	}
}

// Requests of the user's own: each action has its request, with method, address,
// headers and secrets; what a section does not say all say.
func TestOwnRequests(t *testing.T) {
	server := requesttest.New(t, "any")
	dir := t.TempDir()
	write(t, filepath.Join(dir, "key"), "very-secret")
	s := connected(t, strings.NewReplacer("SERVER", server.URL, "DIR", dir).Replace(`
receivers:
  - name: own
    request_configs:
      - name: pager
        url: 'SERVER/{{ .Secret.key }}'
        method: PUT
        headers: {X-Level: '{{ .Level }}', X-Lines: "{{ .GroupLabels.lines }}"}
        secret_files: {key: DIR/key}
        raise: {url: '{{ .URL }}/{{ .Key }}', body: '{"a": {{ toJson .Title }}}'}
        resolve: {method: DELETE, url: '{{ .URL }}/{{ .Key }}', headers: {X-Level: none}}
`))[0]
	for _, c := range messagetest.Cases() {
		if c.Name == "first" || c.Name == "lowered" || c.Name == "resolved" || c.Name == "hostile" {
			if end := s.Send(t.Context(), c.Delivery); end.Outcome != notifier.Delivered {
				t.Errorf("%s: %+v", c.Name, end)
			}
		}
	}
	key := request.Key(messagetest.Cases()[0].Delivery)
	var got []string
	for _, g := range server.Got() {
		got = append(got, strings.Join([]string{g.Method, g.Path, g.Header.Get("X-Level"), g.Header.Get("X-Lines"), g.Header.Get("Content-Type"), g.Header.Get("Idempotency-Key")}, " "))
	}
	want := []string{
		"PUT /very-secret/" + key + " warn  application/json id-first",
		"PUT /very-secret/" + key + " warn  application/json id-lowered",
		"DELETE /very-secret/" + key + " none   id-resolved",
		"PUT /very-secret/" + key + " error one two Subject: gone  . body application/json id-hostile",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	server.Fail(requesttest.Status(400, "no such key: very-secret"))
	if end := s.Send(t.Context(), messagetest.Cases()[0].Delivery); end.Outcome != notifier.Rejected || strings.Contains(end.Error, "very-secret") || !strings.HasPrefix(end.Error, "pager: ") {
		t.Errorf("%+v", end)
	}
}

// A body that says it is JSON and is not is never sent, nor is what fails.
func TestBadOwnRequests(t *testing.T) {
	for why, body := range map[string]string{
		"a quote in a label breaks it": `{"a": "{{ .Alerts | toJson }}"}`,
		"no such field":                `{"a": {{ toJson .Nonsense }}}`,
		"a comma too many":             `{"a": 1,}`,
		"a function that fails":        `{{ range .Alerts }}{{ index .Labels 1 }}{{ end }}`,
	} {
		server := requesttest.New(t, "any")
		quoted, _ := json.Marshal(body)
		s := connected(t, "receivers: [{name: own, request_configs: [{url: '"+server.URL+"', raise: {body: "+string(quoted)+"}}]}]")[0]
		if end := s.Send(t.Context(), messagetest.Cases()[0].Delivery); end.Outcome != notifier.Rejected || end.Error == "" || len(server.Got()) > 0 {
			t.Errorf("%s: %+v, %d requests", why, end, len(server.Got()))
		}
	}
}

// The checker of files knows the functions that requests have.
func TestRequestFunctions(t *testing.T) {
	if a, b := keys(request.Functions()), keys(file.RequestFunctions()); !reflect.DeepEqual(a, b) {
		t.Errorf("%q, and the checker %q", a, b)
	}
}

func keys(m map[string]any) (all []string) {
	for k := range m {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}
