package main

import (
	"bytes"
	"context"
	"os"
	"strings"
	"sync"
	"testing"
)

// on runs the program with an environment, and returns its end and what it wrote.
func on(t *testing.T, env map[string]string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	code = run(t.Context(), args, process{
		in: strings.NewReader(""), out: &out, err: &err, stopSignals: func() {},
		getenv: func(name string) (string, bool) { v, ok := env[name]; return v, ok },
	})
	return code, out.String(), err.String()
}

// What is wrong with the usage is one line that names it, and code 2.
func TestUsage(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, c := range []struct{ args, want string }{
		{"rnu", "run"},
		{"run --once", "--dry-run"},
		{"run --fail-on warn --dry-run", "--fail-on belongs to --once"},
		{"run --dry-run --once --fail-on ok", `"ok" is not warn or error`},
		{"run --dry-run --once --fail-on loud", `"loud" is not warn or error`},
		{"run --web.external-url=foo", `"foo" is not an absolute http or https URL`},
		{"run --web.config.file=nowhere.yml", "nowhere.yml"},
		{"run --config.file=nowhere.yml", "nowhere.yml"},
		{"run --log.level=loud", "loud"},
		{"check nowhere.yml", "nowhere.yml"},
		{"check .", "no rules and no config"},
		{"check --explain T2O2", `"T2O2"`},
		{"check --explain clear-sied", "did you mean clear-side?"},
		{"check --explain T229", "did you mean T226?"},
		{"check --ignore T202 x.yaml", "only warnings"},
		{"check --ignore nothing x.yaml", `"nothing"`},
		{"check --scrape-interval soon x.yaml", `"soon"`},
		{"check --scrape-interval 0s x.yaml", `"0s"`},
		{"check --report tap x.yaml", `"tap"`},
		{"completion csh", "csh"},
		{"demo --web.listen-address=0.0.0.0:0", "not on loopback"},
	} {
		code, out, err := on(t, nil, strings.Fields(c.args)...)
		if code != exitUsage || out != "" || !strings.Contains(err, c.want) || strings.Count(err, "tocsin:") != 1 {
			t.Errorf("tocsin %s: code %d, %q, %q", c.args, code, out, err)
		}
	}
}

const smallConfig = `
prometheus: http://127.0.0.1:1
rule_files: [rules.yaml]
store: 'memory:'
receivers:
  - name: all
    webhook_configs: [{url: 'http://127.0.0.1:1/'}]
`

const smallRules = `
groups:
  - name: a
    rules:
      - {alert: Down, expr: up, warn: {below: 1}}
`

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// A config that is gone for a moment is an error, though the environment alone
// would do: a reload must not end in the starter rules.
func TestConfigThatIsGone(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "tocsin.yaml", smallConfig)
	write(t, "rules.yaml", smallRules)
	env := map[string]string{"PROMETHEUS_URL": "http://127.0.0.1:1", "ALERT_WEBHOOK_URL": "http://127.0.0.1:1/"}
	var stderr bytes.Buffer
	w := process{err: &stderr, getenv: func(name string) (string, bool) { v, ok := env[name]; return v, ok }}
	var c configFlags
	if err := c.pin(); err != nil {
		t.Fatal(err)
	}
	if l, err := c.load(w, false); err != nil || len(l.Core.Rules) != 1 {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	if err := os.Remove("tocsin.yaml"); err != nil {
		t.Fatal(err)
	}
	if l, err := c.load(w, false); err == nil {
		t.Fatalf("loaded %d rules without the config", len(l.Core.Rules))
	}
}

// With --log.format=json every line of stderr is JSON, those of problems too.
func TestProblemsAsJSON(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "tocsin.yaml", smallConfig)
	write(t, "rules.yaml", strings.ReplaceAll(smallRules, "expr: up", "expr: up("))
	code, _, stderr := on(t, nil, "run", "--log.format=json")
	first, _, _ := strings.Cut(stderr, "\n")
	if code != exitBad || !strings.HasPrefix(first, "{") || !strings.Contains(first, `"place":"rules.yaml:5:`) {
		t.Fatalf("code %d, %s", code, stderr)
	}
}

// The daemon says of every reload how it went, whoever asked for it.
func TestReloadIsLogged(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "tocsin.yaml", smallConfig)
	write(t, "rules.yaml", smallRules)
	d, stop, log := started(t)
	if err := d.reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	write(t, "rules.yaml", "groups: 1\n")
	if err := d.reload(t.Context()); err == nil {
		t.Fatal("a bad file was taken")
	}
	stop()
	for _, want := range []string{"msg=reloaded rules=1", "reload refused", "rules.yaml:1:9"} {
		if !strings.Contains(log(), want) {
			t.Errorf("%q is not in the log:\n%s", want, log())
		}
	}
}

// lines collects what is logged, and tells when the daemon has begun.
type lines struct {
	mu      sync.Mutex
	text    strings.Builder
	started chan struct{}
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if bytes.Contains(b, []byte("msg=starting")) {
		close(l.started)
	}
	return l.text.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// started returns a running daemon, how to stop it, and what it has logged.
func started(t *testing.T) (d *daemon, stop func(), log func() string) {
	t.Helper()
	stderr := lines{started: make(chan struct{})}
	w := process{out: &stderr, err: &stderr, stopSignals: func() {}, getenv: func(string) (string, bool) { return "", false }}
	c := runCommand{Listen: "127.0.0.1:0", logFlags: logFlags{Level: "info", Format: "logfmt"}}
	l, err := c.load(w, false)
	if err != nil {
		t.Fatal(err)
	}
	logger, err := c.logger(w)
	if err != nil {
		t.Fatal(err)
	}
	d = c.daemon(w, logger)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- d.run(ctx, l) }()
	select {
	case <-stderr.started:
	case err := <-done:
		t.Fatal(err)
	}
	return d, func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}, stderr.String
}
