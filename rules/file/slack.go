package file

import (
	"strings"
	"time"

	"github.com/prometheus/common/config"
	"gopkg.in/yaml.v3"

	"tocsin/rules"
)

// A SlackConfig is how to reach Slack: an incoming webhook, or a bot's token and
// a channel.
type SlackConfig struct {
	WebhookURL Secret
	Token      Secret
	APIURL     string // base of the API; empty is Slack's own
	Channel    string
	// AppLevelToken is for buttons: with it their presses are heard.
	AppLevelToken Secret
	// Chart says whether a bot puts charts into threads.
	Chart bool

	Title, Text                  string // templates; empty: tocsin's own
	Username, IconEmoji, IconURL string
	Parts                        SlackParts

	HTTP    *config.HTTPClientConfig
	Timeout time.Duration
}

// A rawSlack is an item of slack_configs, as written.
type rawSlack struct {
	pos
	sendResolved   flag
	update         flag
	webhook, token rawSecret
	appLevel       rawSecret
	chart          flag
	appURL         text
	channel        text
	title, text    text
	parts          rawParts
	username       text
	iconEmoji      text
	iconURL        text
	timeout        span
	http           *config.HTTPClientConfig
}

func (d *doc) slack(n *yaml.Node) *rawSlack {
	s := &rawSlack{pos: d.at(n)}
	p := &s.parts
	d.object(n, "Slack receiver", fields{
		"send_resolved":        d.flag(&s.sendResolved),
		"update_message":       d.flag(&s.update),
		"api_url":              d.expanded(&s.webhook.value),
		"api_url_file":         d.text(&s.webhook.file),
		"app_token":            d.expanded(&s.token.value),
		"app_token_file":       d.text(&s.token.file),
		"app_url":              d.expanded(&s.appURL),
		"app_level_token":      d.expanded(&s.appLevel.value),
		"app_level_token_file": d.text(&s.appLevel.file),
		"chart":                d.flag(&s.chart),
		"channel":              d.text(&s.channel),
		"title":                d.text(&s.title),
		"text":                 d.text(&s.text),
		"color":                d.text(&p.color),
		"title_link":           d.text(&p.titleLink),
		"pretext":              d.text(&p.pretext),
		"message_text":         d.text(&p.message),
		"fallback":             d.text(&p.fallback),
		"fields":               d.each("fields", func(n *yaml.Node) { p.fields = d.slackField(n, p.fields) }),
		"short_fields":         d.flag(&p.shortFields),
		"footer":               d.text(&p.footer),
		"image_url":            d.text(&p.image),
		"thumb_url":            d.text(&p.thumb),
		"actions":              d.each("actions", func(n *yaml.Node) { p.actions = d.slackAction(n, p.actions) }),
		"callback_id":          d.text(&p.callback),
		"link_names":           d.flag(&p.linkNames),
		"mrkdwn_in":            d.texts("names of texts", &p.mrkdwnIn),
		"username":             d.text(&s.username),
		"icon_emoji":           d.text(&s.iconEmoji),
		"icon_url":             d.text(&s.iconURL),
		"timeout":              d.positive(&s.timeout),
		"http_config":          d.httpConfig(&s.http),
	})
	p.doubtful()
	s.webhook.one("api_url")
	s.token.one("app_token")
	s.appLevel.one("app_level_token")
	if s.webhook.set() && s.token.set() {
		s.token.pos().bad(CodeConflict, "api_url and app_token exclude one another")
	}
	return s
}

// hooked reports what an incoming webhook can't do, where it is asked for here: what
// all receivers inherit is for those that can.
func (s *rawSlack) hooked() {
	if s.update.b {
		s.update.bad(CodeConflict, "an incoming webhook cannot edit what it posted: update_message needs app_token and channel")
	}
	if s.appLevel.set() {
		s.appLevel.pos().bad(CodeConflict, "buttons need a bot: an incoming webhook has none").Hint = "say app_token and channel, without api_url"
	}
	if s.chart.set() && s.chart.b {
		s.chart.bad(CodeConflict, "charts need a bot: an incoming webhook takes no files").Hint = "say app_token and channel, without api_url"
	}
}

func (s *rawSlack) build(g rawGlobal) (cfg SlackConfig, in rules.Integration, target string, ok bool) {
	if bot := s.asBot(g); bot != nil {
		return bot.build(g)
	}
	webhook, token := s.webhook, s.token
	if !webhook.set() {
		token = token.or(g.slack.token)
	}
	if !token.set() {
		webhook = webhook.or(g.slack.webhook)
	}
	cfg = SlackConfig{
		WebhookURL: webhook.build(), Token: token.build(), Channel: s.channel.s,
		Title: s.title.s, Text: s.text.s, Parts: s.parts.build(),
		Username: s.username.s, IconEmoji: s.iconEmoji.s, IconURL: s.iconURL.s,
		HTTP: httpOf(s.http, g.http), Timeout: s.timeout.or(httpTimeout),
	}
	in = rules.Integration{
		Kind: "slack", SendResolved: s.sendResolved.or(true), LaneEvery: time.Second, Timeout: cfg.Timeout,
	}
	if token.set() {
		cfg.APIURL, cfg.AppLevelToken, cfg.Chart = s.api(g), s.appLevel.or(g.slack.appLevel).build(), s.chart.or(true)
		in.Lane, in.Threads = "slack:"+strings.ToLower(cfg.Channel), s.update.or(true)
		return cfg, in, cfg.APIURL + " " + cfg.Channel, s.bot(token)
	}
	return cfg, in, webhook.value.s + " " + webhook.file.s + " " + cfg.Channel, s.hook(webhook)
}

// api returns the base of Slack's API: what app_url names is one of its methods.
func (s *rawSlack) api(g rawGlobal) string {
	u := s.appURL
	if !u.set() {
		u = g.slack.appURL
	}
	if !u.set() {
		return ""
	}
	v, _ := u.absoluteURL()
	return strings.TrimSuffix(v, "chat.postMessage")
}

func (s *rawSlack) bot(token rawSecret) bool {
	if !s.channel.set() || s.channel.s == "" {
		s.bad(CodeMissing, "a token needs a channel to post to").Hint = "channel: '#alerts'"
		return false
	}
	return token.value.s != "" || token.file.s != "" || s.empty(token)
}

// empty reports a secret that is written and empty.
func (s *rawSlack) empty(secret rawSecret) bool {
	secret.pos().bad(CodeMissing, "is empty")
	return false
}

func (s *rawSlack) hook(webhook rawSecret) bool {
	s.hooked()
	switch {
	case !webhook.set():
		s.bad(CodeMissing, "Slack is reached by api_url (an incoming webhook) or by app_token and channel").
			Hint = "each has a _file form, and global: has slack_api_url and slack_app_token for all receivers"
		return false
	case webhook.file.set():
		return webhook.file.s != "" || s.empty(webhook)
	case strings.HasSuffix(webhook.value.s, "/chat.postMessage"):
		webhook.value.bad(CodeConflict, "this is a method of Slack's API, not an incoming webhook").
			Hint = "say app_token and channel, without api_url"
		return false
	}
	_, ok := webhook.value.absoluteURL()
	return ok
}
