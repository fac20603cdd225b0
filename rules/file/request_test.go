package file_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tocsin/rules/file"
)

// All keys of all receivers that are requests, as Alertmanager writes them.
const everyRequest = `
global:
  pagerduty_url: https://pd.example.org/v2/enqueue
  opsgenie_api_url: https://genie.example.org
  opsgenie_api_key_file: genie.key
  telegram_api_url: https://tg.example.org/
  telegram_bot_token: geheim
receivers:
  - name: all
    pagerduty_configs:
      - routing_key: geheim
        client: tocsin
        client_url: '{{ .ExternalURL }}'
        description: '{{ template "pagerduty.default.description" . }}'
        severity: '{{ if eq .Level "error" }}critical{{ else }}warning{{ end }}'
        source: s
        class: c
        component: '{{ .CommonLabels.job }}'
        group: g
        details: {firing: '{{ .Alerts.Firing | toJson }}', n: 3, inner: {list: [a, true]}}
        images: [{src: 'https://i', alt: a, href: 'https://h'}]
        links: [{href: 'https://l', text: t}]
        timeout: 0s
      - {service_key_file: old.key, url: 'https://ignored.example.org'}
    opsgenie_configs:
      - message: m
        description: d
        source: s
        details: {who: '{{ .Receiver }}'}
        entity: e
        responders: [{id: i, type: Team}, {name: n, type: '{{ .CommonLabels.kind }}'}, {username: u, type: user}]
        actions: a
        tags: t
        note: n
        priority: P2
        update_alerts: true
    msteams_configs: [{webhook_url: 'https://teams.example.org/geheim', title: t, summary: s, text: x}]
    msteamsv2_configs: [{webhook_url_file: teams.url, title: t, text: x, send_resolved: false}]
    telegram_configs:
      - {chat_id: -42, message_thread_id: 7, message: m, disable_notifications: true, parse_mode: ''}
      - {chat_id_file: chat, bot_token_file: bot}
    discord_configs: [{webhook_url: 'https://discord.example.org/geheim', title: t, message: m, content: c, username: u, avatar_url: 'https://a'}]
`

func TestRequests(t *testing.T) {
	l := loadConfig(t, everyRequest)
	var got []string
	for _, in := range integrations(l) {
		c := l.Requests[in.Key]
		got = append(got, fmt.Sprint(in.Kind, " ", c.Service, " ", in.Incident, " ", in.SendResolved, " ", in.LaneEvery, " ", in.Timeout, " ", string(c.URL.Value), c.URL.File, " ", c.Secrets))
	}
	want := []string{
		"pagerduty pagerduty true true 500ms 10s https://pd.example.org/v2/enqueue map[routing_key:<secret>]",
		"pagerduty pagerduty-v1 true true 500ms 10s  map[service_key:old.key]",
		"opsgenie opsgenie true true 500ms 10s https://genie.example.org/ map[api_key:genie.key]",
		"msteams msteams false true 250ms 10s https://teams.example.org/geheim map[]",
		"msteamsv2 msteamsv2 false false 250ms 10s teams.url map[]",
		"telegram telegram false true 1s 10s https://tg.example.org map[bot_token:<secret>]",
		"telegram telegram false true 1s 10s https://tg.example.org map[bot_token:bot chat_id:chat]",
		"discord discord false true 1s 10s https://discord.example.org/geheim map[]",
	}
	if a, b := strings.Join(got, "\n"), strings.Join(want, "\n"); a != b {
		t.Errorf("got\n%s\nwant\n%s", a, b)
	}
	if s := fmt.Sprintf("%v %+v %#v", l.Requests, l.Requests, l.Core.Receivers); strings.Contains(s, "geheim") {
		t.Errorf("shown: %s", s)
	}
}

// The other keys arrive as they are written.
func TestRequestValues(t *testing.T) {
	l := loadConfig(t, everyRequest)
	in := integrations(l)
	for n, want := range map[int]string{
		0: "map[class:c client:tocsin client_url:{{ .ExternalURL }} component:{{ .CommonLabels.job }} description:{{ template \"pagerduty.default.description\" . }} details:map[firing:{{ .Alerts.Firing | toJson }} inner:map[list:[a true]] n:3] group:g images:[map[alt:a href:https://h src:https://i]] links:[map[href:https://l text:t]] severity:{{ if eq .Level \"error\" }}critical{{ else }}warning{{ end }} source:s]",
		2: "map[actions:a description:d details:map[who:{{ .Receiver }}] entity:e message:m note:n priority:P2 responders:[map[id:i type:team] map[name:n type:{{ .CommonLabels.kind }}] map[type:user username:u]] source:s tags:t update_alerts:true]",
		5: "map[chat_id:-42 disable_notifications:true message:m message_thread_id:7 parse_mode:]",
		6: "map[]",
		7: "map[avatar_url:https://a content:c message:m title:t username:u]",
	} {
		if got := fmt.Sprint(l.Requests[in[n].Key].Values); got != want {
			t.Errorf("%s: %s", in[n].Key, got)
		}
	}
}

// A target is known by its address and its secret's name or hash; a chat of
// Telegram by its number, whichever bot posts.
func TestRequestKeys(t *testing.T) {
	key := func(config string) string {
		return integrations(loadConfig(t, "receivers: [{name: a, "+config+"}]"))[0].Key
	}
	for _, c := range []struct {
		why, one, other string
		same            bool
	}{
		{"another summary", "pagerduty_configs: [{routing_key_file: a}]", "pagerduty_configs: [{routing_key_file: a, description: x}]", true},
		{"another key of PagerDuty", "pagerduty_configs: [{routing_key_file: a}]", "pagerduty_configs: [{routing_key_file: b}]", false},
		{"another key in the file", "pagerduty_configs: [{routing_key: a}]", "pagerduty_configs: [{routing_key: b}]", false},
		{"another bot", "telegram_configs: [{chat_id: 1, bot_token: a}]", "telegram_configs: [{chat_id: 1, bot_token: b}]", true},
		{"another chat", "telegram_configs: [{chat_id: 1, bot_token: a}]", "telegram_configs: [{chat_id: 2, bot_token: a}]", false},
		{"another thread", "telegram_configs: [{chat_id: 1, bot_token: a}]", "telegram_configs: [{chat_id: 1, bot_token: a, message_thread_id: 3}]", false},
		{"another path", "discord_configs: [{webhook_url: 'https://d/a'}]", "discord_configs: [{webhook_url: 'https://d/b'}]", false},
		{"another body", "request_configs: [{url: 'https://d', raise: {body: a}}]", "request_configs: [{url: 'https://d', raise: {body: b}}]", true},
		{"another password", "request_configs: [{url: 'https://u:a@d/x', raise: {body: a}}]", "request_configs: [{url: 'https://u:b@d/x', raise: {body: b}}]", true},
		{"another order of Alertmanagers", "alertmanager_configs: [{urls: ['http://a', 'http://b']}]", "alertmanager_configs: [{urls: ['http://b', 'http://a']}]", true},
		{"another path of Alertmanager", "alertmanager_configs: [{url: 'http://a'}]", "alertmanager_configs: [{url: 'http://a', path_prefix: am}]", false},
	} {
		one, other := key(c.one), key(c.other)
		if (one == other) != c.same {
			t.Errorf("%s: same is %v", c.why, one == other)
		}
	}
}

// What a section of a request does not say, all say.
func TestOwnRequestKeys(t *testing.T) {
	l := loadConfig(t, `
receivers:
  - name: a
    request_configs:
      - {url: 'https://a', method: PUT, headers: {x-a: '1', x-b: '2'}, incident: true, name: n,
         secret_files: {token: f}, raise: {body: b, headers: {x-a: '3'}}, update: {method: PATCH, url: '{{ .URL }}/u'}, resolve: {method: DELETE}}
      - {url_file: f, raise: {body: b, headers: {Content-Type: text/plain}}}
`)
	in := integrations(l)
	if !in[0].Incident || !in[0].SendResolved || in[1].Incident || in[1].SendResolved || in[0].Timeout != 10*time.Second {
		t.Errorf("%+v", in)
	}
	first, second := l.Requests[in[0].Key], l.Requests[in[1].Key]
	got := fmt.Sprintln(*first.Own.Raise, *first.Own.Update, *first.Own.Resolve, first.Name, first.Secrets, *second.Own.Raise, second.Own.Update, second.Own.Resolve)
	want := "{PUT {{ .URL }} map[Content-Type:application/json X-A:3 X-B:2] b} {PATCH {{ .URL }}/u map[X-A:1 X-B:2] } {DELETE {{ .URL }} map[X-A:1 X-B:2] } n map[token:f]" +
		" {POST {{ .URL }} map[Content-Type:text/plain] b} <nil> <nil>\n"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestForward(t *testing.T) {
	l := loadConfig(t, "receivers: [{name: a, alertmanager_configs: [{urls: ['http://a/', 'http://u:p@b'], path_prefix: /am/, resend_delay: 30s, timeout: 2s}, {url: 'http://c'}]}]")
	in := integrations(l)
	first, second := l.Alertmanagers[in[0].Key], l.Alertmanagers[in[1].Key]
	if got := fmt.Sprintln(first.URLs, first.Resend, first.Timeout, in[0].Timeout, in[0].Resend, in[0].Kind); got != "[http://a/am http://u:p@b/am] 30s 2s 4s 30s alertmanager\n" {
		t.Error(got)
	}
	if got := fmt.Sprintln(second.URLs, second.Resend, second.Timeout, in[1].SendResolved); got != "[http://c] 1m0s 10s true\n" {
		t.Error(got)
	}
}

// Each mistake is named where it stands.
func TestRequestMistakes(t *testing.T) {
	for _, c := range []struct {
		config, want string
		code         file.Code
	}{
		{"pagerduty_configs: [{}]", "routing_key", file.CodeMissing},
		{"pagerduty_configs: [{routing_key: ''}]", "routing_key", file.CodeMissing},
		{"pagerduty_configs: [{routing_key: a, routing_key_file: b}]", "exclude one another", file.CodeConflict},
		{"pagerduty_configs: [{routing_key: a, service_key: b}]", "exclude one another", file.CodeConflict},
		{"pagerduty_configs: [{routing_key: a, url: nowhere}]", "absolute", file.CodeURL},
		{"pagerduty_configs: [{routing_key: a, details: {a: {b: ['{{ .Alerts']}}}]", "template", file.CodeTemplate},
		{"pagerduty_configs: [{routing_key: a, links: [{hreff: x}]}]", `"hreff"`, file.CodeUnknownKey},
		{"pagerduty_configs: [{routing_key: a}, {routing_key: a}]", "twice", file.CodeDuplicate},
		{"opsgenie_configs: [{}]", "api_key", file.CodeMissing},
		{"opsgenie_configs: [{api_key: a, responders: [{type: team}]}]", "id, name or username", file.CodeMissing},
		{"opsgenie_configs: [{api_key: a, responders: [{name: a, type: group}]}]", "escalation", file.CodeType},
		{"opsgenie_configs: [{api_key: a, responders: [{name: a}]}]", "escalation", file.CodeType},
		{"msteams_configs: [{title: a}]", "webhook_url", file.CodeMissing},
		{"msteamsv2_configs: [{webhook_url: a}]", "absolute", file.CodeURL},
		{"msteamsv2_configs: [{webhook_url: 'https://a', text: '{{ template \"mine\" . }}'}]", `"mine" is not defined`, file.CodeTemplate},
		{"telegram_configs: [{chat_id: 1}]", "bot_token", file.CodeMissing},
		{"telegram_configs: [{bot_token: a}]", "chat_id", file.CodeMissing},
		{"telegram_configs: [{bot_token: a, chat_id: ops}]", "number", file.CodeNumber},
		{"telegram_configs: [{bot_token: a, chat_id: 1, parse_mode: html}]", "HTML", file.CodeType},
		{"discord_configs: [{webhook_url: 'https://a', webhook_url_file: b}]", "exclude", file.CodeConflict},
		{"request_configs: [{url: 'https://a'}]", "raise", file.CodeMissing},
		{"request_configs: [{raise: {body: a}}]", "url or url_file", file.CodeMissing},
		{"request_configs: [{url: a, raise: {body: a}}]", "absolute", file.CodeURL},
		{"request_configs: [{url: 'https://a', raise: {body: '{{ cut 3 .Title'}}]", "template", file.CodeTemplate},
		{"request_configs: [{url: 'https://a', raise: {body: '{{ cutt 3 .Title }}'}}]", `"cutt"`, file.CodeTemplate},
		{"request_configs: [{url: 'https://a/{{', raise: {body: a}}]", "template", file.CodeTemplate},
		{"request_configs: [{url: 'https://a', method: post, raise: {body: a}}]", "POST", file.CodeType},
		{"request_configs: [{url: 'https://a', headers: {'a b': c}, raise: {body: a}}]", "name of a header", file.CodeName},
		{"request_configs: [{url: 'https://a', secret_files: {a-b: c}, raise: {body: a}}]", "letters, digits", file.CodeName},
		{"request_configs: [{url: 'https://a', send_resolved: true, raise: {body: a}}]", "resolve", file.CodeConflict},
		{"request_configs: [{url: 'https://a', raise: {boddy: a}}]", `"boddy"`, file.CodeUnknownKey},
		{"alertmanager_configs: [{}]", "url", file.CodeMissing},
		{"alertmanager_configs: [{url: 'http://a', urls: ['http://b']}]", "not both", file.CodeConflict},
		{"alertmanager_configs: [{url: am}]", "absolute", file.CodeURL},
		{"alertmanager_configs: [{url: 'http://a', resend_delay: 0s}]", "more than 0", file.CodeDuration},
		{"webex_configs: [{}]", `"webex_configs" is not carried over`, file.CodeForeign},
	} {
		_, problems := file.Load(file.Options{
			Files:      file.Memory{"c.yaml": "prometheus: http://x\nrule_files: [r]\nreceivers: [{name: a, " + c.config + "}]", "r": oneRule},
			ConfigFile: "c.yaml", Lookup: lookup(nil),
		})
		if len(problems) != 1 || problems[0].Warning || problems[0].Line != 3 || problems[0].Col < 10 ||
			problems[0].Code != string(c.code) || !strings.Contains(problems[0].Text, c.want) {
			t.Errorf("%s: %v", c.config, problems)
		}
	}
}

// A receiver that stays Alertmanager's names the way to it, and what belongs to it
// in global too.
func TestForeignReceivers(t *testing.T) {
	for _, config := range []string{
		"receivers: [{name: a, victorops_configs: [{}]}]", "receivers: [{name: a, wechat_configs: [{}]}]", "global: {jira_api_url: 'https://x'}",
		"global: {rocketchat_token_id_file: x}", "global: {wechat_api_corp_id: x}",
	} {
		_, problems := file.Load(file.Options{
			Files:      file.Memory{"c.yaml": "prometheus: http://x\nrule_files: [r]\n" + config, "r": oneRule},
			ConfigFile: "c.yaml", Lookup: lookup(nil), Mute: true,
		})
		found := false
		for _, p := range problems {
			found = found || p.Code == string(file.CodeForeign) && strings.Contains(p.Hint, "alertmanager_configs")
		}
		if !found {
			t.Errorf("%s: %v", config, problems)
		}
	}
}
