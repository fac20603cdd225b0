package file

import (
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

func (d *doc) msteams(n *yaml.Node) *rawRequest {
	r := d.newRequest(n, "msteams")
	d.object(n, "Teams connector", fields{
		"send_resolved":    d.flag(&r.sendResolved),
		"webhook_url":      d.expanded(&r.url.value),
		"webhook_url_file": d.text(&r.url.file),
		"title":            r.text(d, "title"),
		"summary":          r.text(d, "summary"),
		"text":             r.text(d, "text"),
		"timeout":          d.span(&r.timeout),
		"http_config":      d.httpConfig(&r.http),
	})
	return r.hook()
}

func (d *doc) msteamsv2(n *yaml.Node) *rawRequest {
	r := d.newRequest(n, "msteamsv2")
	d.object(n, "Teams workflow", fields{
		"send_resolved":    d.flag(&r.sendResolved),
		"webhook_url":      d.expanded(&r.url.value),
		"webhook_url_file": d.text(&r.url.file),
		"title":            r.text(d, "title"),
		"text":             r.text(d, "text"),
		"timeout":          d.span(&r.timeout),
		"http_config":      d.httpConfig(&r.http),
	})
	return r.hook()
}

func (d *doc) discord(n *yaml.Node) *rawRequest {
	r := d.newRequest(n, "discord")
	d.object(n, "Discord receiver", fields{
		"send_resolved":    d.flag(&r.sendResolved),
		"webhook_url":      d.expanded(&r.url.value),
		"webhook_url_file": d.text(&r.url.file),
		"title":            r.text(d, "title"),
		"message":          r.text(d, "message"),
		"content":          r.text(d, "content"),
		"username":         r.text(d, "username"),
		"avatar_url":       r.text(d, "avatar_url"),
		"timeout":          d.span(&r.timeout),
		"http_config":      d.httpConfig(&r.http),
	})
	return r.hook()
}

// hook is for services that are reached by a webhook, which is a secret.
func (r *rawRequest) hook() *rawRequest {
	r.url.one("webhook_url")
	r.reach = func(r *rawRequest, _ rawGlobal) (target string, ok bool) {
		return r.url.named(), r.address("it needs webhook_url or webhook_url_file")
	}
	return r
}

func (d *doc) telegram(n *yaml.Node) *rawRequest {
	r := d.newRequest(n, "telegram")
	token, chat := r.secret("bot_token"), r.secret("chat_id")
	var thread count
	d.object(n, "Telegram receiver", fields{
		"send_resolved":         d.flag(&r.sendResolved),
		"api_url":               d.expanded(&r.url.value),
		"bot_token":             d.expanded(&token.value),
		"bot_token_file":        d.text(&token.file),
		"chat_id":               d.text(&chat.value),
		"chat_id_file":          d.text(&chat.file),
		"message_thread_id":     d.count(&thread),
		"message":               r.text(d, "message"),
		"disable_notifications": r.flag(d, "disable_notifications"),
		"parse_mode":            r.word(d, "parse_mode", "HTML", "Markdown", "MarkdownV2", ""),
		"timeout":               d.span(&r.timeout),
		"http_config":           d.httpConfig(&r.http),
	})
	token.one("bot_token")
	chat.one("chat_id")
	if thread.n != 0 {
		r.values["message_thread_id"] = strconv.Itoa(thread.n)
	}
	r.reach = reachTelegram
	return r
}

// reachTelegram tells chats apart by their number: the bot may change.
func reachTelegram(r *rawRequest, g rawGlobal) (target string, ok bool) {
	token, chat := r.secret("bot_token"), r.secret("chat_id")
	*token = token.or(g.services.telegramToken)
	ok = r.inherit(g.services.telegramURL)
	r.url.value.s = strings.TrimSuffix(r.url.value.s, "/")
	ok = r.needs(token, "a Telegram receiver needs bot_token", "or bot_token_file; global: has telegram_bot_token for all receivers") && ok
	ok = r.needs(chat, "a Telegram receiver needs chat_id: a number", "or chat_id_file") && ok
	thread, _ := r.values["message_thread_id"].(string)
	target = r.url.value.s + " " + chat.named() + " " + thread
	if id, err := strconv.ParseInt(chat.value.s, 10, 64); chat.value.set() && (err != nil || id == 0) {
		chat.value.bad(CodeNumber, "chat_id is a number, as in -1001234567890")
		return target, false
	}
	if chat.value.set() {
		r.values["chat_id"] = chat.value.s // no secret
		*chat = rawSecret{}
	}
	return target, ok
}
