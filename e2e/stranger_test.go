package e2e

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// strangersConfig would tell a host of its own everything, if it were believed.
const strangersConfig = `
sources:
  default: {url: HOST}
  other: {url: 'HOST/${SESAME}', http_config: {authorization: {credentials_file: secret.txt}}}
rule_files: [rules.yaml]
external_url: HOST/
heartbeat: {url: HOST/beat, every: 1m}
templates: [own.tmpl]
receivers:
  - name: web
    slack_configs: [{channel: '#${SESAME}', api_url: HOST/slack}]
    webhook_configs: [{url: 'HOST/hook', http_config: {proxy_url: HOST}}]
    request_configs: [{raise: {method: POST, url: 'HOST/${SESAME}', body: '{"text": "{{ "${SESAME}" }}"}'}}]
`

const strangersRules = `
groups:
  - name: g
    rules:
      - alert: Load
        expr: vector(1)
        warn: {above: 0}
        labels: {secret: '${SESAME}'}
        annotations:
          summary: '${SESAME} {{ with query "vector(1)" }}{{ . | first | value }}{{ end }}'
`

const strangersTests = `
rule_files: [rules.yaml]
config_file: tocsin.yaml
tests:
  - interval: 1m
    nothing_sent: [{from: 0s, until: 10s}]
`

// TestF42Stranger: the commands that CI runs on the files of a fork expand nothing
// and ask nobody but whom the flags name.
func TestF42Stranger(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	host := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		t.Errorf("the stranger's host was asked for %s", r.URL)
	}))
	defer host.Close()
	source := pastServer(t)
	dir := t.TempDir()
	for name, text := range map[string]string{
		"tocsin.yaml": strings.ReplaceAll(strangersConfig, "HOST", host.URL), "rules.yaml": strangersRules,
		"rules_test.yaml": strangersTests, "secret.txt": "sesame-file", "own.tmpl": `{{ define "x" }}${SESAME}{{ end }}`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	past := []string{"--prometheus.url", source, "--no-cache", "--since", "10m"}
	for _, args := range [][]string{
		{"check", "tocsin.yaml"},
		{"check", "--online", "--prometheus.url", source, "tocsin.yaml"},
		{"test", "rules_test.yaml"},
		append([]string{"backtest", "tocsin.yaml", "--report", "text", "--report", "html=page.html"}, past...),
		append([]string{"diff", ".", "."}, past...),
		append([]string{"tune", "Load", "tocsin.yaml"}, past...),
		{"convert", "--check", "rules.yaml"},
	} {
		cmd := exec.Command(binary, args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "SESAME=open-sesame", "PROMETHEUS_URL=")
		out, err := cmd.CombinedOutput()
		page, _ := os.ReadFile(filepath.Join(dir, "page.html"))
		for _, secret := range []string{"open-sesame", "sesame-file"} {
			if strings.Contains(string(out)+string(page), secret) {
				t.Errorf("tocsin %s shows %s:\n%s", strings.Join(args, " "), secret, out)
			}
		}
		if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != 0 {
			t.Errorf("tocsin %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
}

// pastServer is a source that answers everything with one series.
func pastServer(t *testing.T) string {
	t.Helper()
	w := newWorld(t)
	return w.prom.URL
}
