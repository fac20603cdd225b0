package main

import (
	"fmt"
	"strings"
	"time"

	"tocsin/rules"
	"tocsin/rules/file"
	"tocsin/rules/starter"
)

// demoBot is the token of the bot that the catcher knows.
const demoBot = "xoxb-demo"

// demoApp is the app's token, with which the daemon hears of buttons.
const demoApp = "xapp-demo"

// whoLooks is the id and the name of whoever looks at the demo's page.
func whoLooks() [2]string { return [2]string{"U0000001", "you"} }

// demoConfig sends everything to Slack and mail, soon.
const demoConfig = `
prometheus: http://%[1]s
evaluation_interval: 2s
rule_files: [starter.yaml]
external_url: http://%[2]s
store: 'memory:'
route:
  receiver: ops
  group_by: [alertname]
  group_wait: 1s
  group_interval: 5s
receivers:
  - name: ops
    slack_configs:
      - app_token: %[5]s
        app_level_token: %[6]s
        app_url: http://%[3]s/api/
        channel: '#ops'
    email_configs:
      - to: ops@example.org
        from: tocsin@example.org
        smarthost: %[4]s
        require_tls: false
`

// load makes the demo's configuration: the starter rules over shorter ranges,
// with links to the runbooks that the page serves.
func (s *stage) load() (*file.Loaded, error) {
	text := strings.NewReplacer(
		"[5m]", "[10s]",
		"runbook_url: docs/", "runbook_url: http://"+s.page.address()+"/",
	).Replace(string(starter.Rules))
	files := file.Memory{
		"tocsin.yaml":  fmt.Sprintf(demoConfig, s.prom.address(), s.page.address(), s.hooks.address(), s.mail.Addr(), demoBot, demoApp),
		"starter.yaml": text,
	}
	l, problems := file.Load(file.Options{Files: files, ConfigFile: "tocsin.yaml"})
	if l == nil {
		return nil, fmt.Errorf("the demo's configuration: %w", problems[0])
	}
	l.Files, l.Patterns, l.Sums = nil, nil, nil // nothing to watch
	for _, r := range l.Core.Rules {
		hasten(r)
	}
	for i := range l.Core.Sources {
		l.Core.Sources[i].DownAfter = 10 * time.Second
	}
	return l, nil
}

// haste is how much faster than in the starter rules time goes in the demo.
const haste = 30

// flaps is the rule that the switch for it makes flap.
const flaps = "MemoryHigh"

// hasten shortens a rule's timers. Who throws a switch twice within two minutes
// would see a flap, and no recovery for the ten minutes that one lasts at least:
// so flaps are left to the switch that is for them.
func hasten(r *rules.Rule) {
	for _, l := range []*rules.LevelRule{r.Levels.Warn, r.Levels.Error} {
		if l != nil {
			l.For /= haste
			l.KeepFiringFor /= haste
		}
	}
	r.Absent.After /= haste
	r.NoData.After /= haste
	r.Flap.Within /= haste
	if r.Alert != flaps {
		r.Flap = rules.Flap{}
	}
}
