package file_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"tocsin/rules"
	"tocsin/rules/file"
)

func manual(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile("../../docs/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func blocks(text, language string) (all []string) {
	for _, m := range regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllStringSubmatch(text, -1) {
		all = append(all, m[1])
	}
	return all
}

// What the manual shows loads without a complaint.
func TestManualRules(t *testing.T) {
	all := blocks(manual(t, "rules.md"), "yaml")
	if len(all) < 2 {
		t.Fatalf("%d examples", len(all))
	}
	for _, text := range all {
		_, problems := file.LoadRules(file.Memory{"r.yaml": text}, []string{"r.yaml"}, file.Defaults{})
		for _, p := range problems {
			t.Errorf("%v in\n%s", p, text)
		}
	}
}

func TestManualConfig(t *testing.T) {
	all := blocks(manual(t, "config.md"), "yaml")
	if len(all) < 2 {
		t.Fatalf("%d examples", len(all))
	}
	for _, text := range all {
		_, problems := file.Load(file.Options{ConfigFile: "c.yaml", Files: file.Memory{
			"c.yaml": text, "rules/a.yaml": oneRule, "templates/a.tmpl": "", "thresholds.yaml": "Latency: {warn: 0.4}",
		}})
		for _, p := range problems {
			t.Errorf("%v in\n%s", p, text)
		}
	}
}

func TestManualThresholds(t *testing.T) {
	text := strings.ReplaceAll(blocks(manual(t, "rules.md"), "json")[0], "ApiLatencyP95", "Latency")
	rs, problems := loadWith(t, "", text)
	noProblems(t, problems)
	if rs["Latency"].Levels.At(rules.Error).Threshold.High != 0.8 {
		t.Errorf("%+v", rs["Latency"].Levels.Error)
	}
}

// The table of codes is that of the program.
func TestManualCodes(t *testing.T) {
	text, want := manual(t, "check.md"), ""
	for _, e := range file.Codes() {
		want += fmt.Sprintf("| `%s` | `%s` | %s | %s |\n", e.Code, e.Name, e.Kind(), e.Text)
	}
	if _, rows, _ := strings.Cut(text, "| what |\n|---|---|---|---|\n"); rows != want {
		t.Errorf("the table of codes is not\n%s", want)
	}
}

// Each key that is read is in the manual.
func TestManualKeys(t *testing.T) {
	for name, kinds := range map[string][]string{
		"rules.md": {"group", "rule", "level"},
		"config.md": {
			"config", "source", "route", "receiver", "Slack receiver", "Slack field", "Slack action", "Slack confirmation", "email receiver", "webhook receiver",
			"inhibition rule", "named time interval", "time interval", "time range", "escalation", "rate limit", "heartbeat", "threading section",
			"PagerDuty receiver", "Opsgenie receiver", "Teams connector", "Teams workflow", "Telegram receiver", "Discord receiver",
		},
		"receivers.md": {"request receiver", "request", "Alertmanager receiver"},
		"test.md":      {"test file", "test", "notification", "silence", "outage"},
	} {
		text := manual(t, name)
		for _, kind := range kinds {
			for _, key := range keysOf(t, kind) {
				if !regexp.MustCompile("`" + key + "[`:]|" + key + ":|`" + strings.TrimSuffix(key, "_file") + "`").MatchString(text) {
					t.Errorf("%s lacks %q of a %s", name, key, kind)
				}
			}
		}
	}
}

// keysOf finds the keys of a kind of mapping in the source of this package.
func keysOf(t *testing.T, kind string) (keys []string) {
	t.Helper()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		b, err := os.ReadFile(e.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?s)d\.object\(\w+, "`+kind+`", fields\{(.*?)\n\t\}\)`).FindAllStringSubmatch(string(b), -1) {
			for _, k := range regexp.MustCompile(`(?m)^\t\t"(\w+)":`).FindAllStringSubmatch(m[1], -1) {
				keys = append(keys, k[1])
			}
		}
	}
	if len(keys) == 0 {
		t.Fatalf("no keys of a %s", kind)
	}
	return keys
}
