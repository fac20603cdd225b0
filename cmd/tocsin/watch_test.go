package main

import (
	"os"
	"strings"
	"testing"

	"github.com/fsnotify/fsnotify"

	"tocsin/rules/file"
)

// What is found is compared with what was read: an edit in the middle of a
// reload, too, is a change.
func TestFound(t *testing.T) {
	t.Chdir(t.TempDir())
	config := strings.Replace(smallConfig, "rules.yaml", "'*rules.yaml'", 1)
	for _, c := range []struct {
		name    string
		change  func()
		changed bool
	}{
		{"nothing has changed", func() {}, false},
		{"a file written again as it was", func() { write(t, "rules.yaml", smallRules) }, false},
		{"a file that no pattern matches", func() { write(t, "other.txt", "x") }, false},
		{"another rule", func() { write(t, "rules.yaml", smallRules+"\n") }, true},
		{"another config", func() { write(t, "tocsin.yaml", config+"\n") }, true},
		{"one rule file more", func() { write(t, "more-rules.yaml", "groups: []\n") }, true},
		{"one that is gone", func() { _ = os.Remove("rules.yaml") }, true},
	} {
		write(t, "tocsin.yaml", config)
		write(t, "rules.yaml", smallRules)
		_ = os.Remove("more-rules.yaml")
		l, problems := file.Load(file.Options{ConfigFile: "tocsin.yaml"})
		if l == nil {
			t.Fatal(problems)
		}
		c.change()
		if got := wanted(l) != found(l); got != c.changed {
			t.Errorf("%s: changed is %v", c.name, got)
		}
	}
}

// The built-in rules are no file, and never change.
func TestFoundWithoutConfig(t *testing.T) {
	env := map[string]string{"PROMETHEUS_URL": "http://127.0.0.1:1", "ALERT_WEBHOOK_URL": "http://127.0.0.1:1/"}
	l, problems := file.Load(file.Options{Getenv: func(name string) (string, bool) { v, ok := env[name]; return v, ok }})
	if l == nil {
		t.Fatal(problems)
	}
	if wanted(l) != found(l) {
		t.Error("it looks as if a file had changed")
	}
}

// What lies beside the config and is written all the time is no reason to look.
func TestConcerns(t *testing.T) {
	l := &file.Loaded{
		Dir: "conf", Store: "tocsin.db", Patterns: []string{"conf/rules/*.yaml"},
		Sums: map[string]file.Sum{"conf/tocsin.yaml": {}, "./conf/thresholds.yaml": {}},
	}
	for name, want := range map[string]bool{
		"conf/tocsin.db": false, "conf/tocsin.db-wal": false, "conf/tocsin.log": false, "conf/.tocsin.yaml.swp": false,
		"conf/tocsin.yaml": true, "conf/thresholds.yaml": true, "conf/rules/new.yaml": true, "./conf/tocsin.yaml": true, "conf/..data": true,
	} {
		if got := concerns(l, fsnotify.Event{Name: name}); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
