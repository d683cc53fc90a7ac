// Package admin is the daemon's face over HTTP: the JSON API of openapi.yaml,
// health, metrics, bearer tokens with three roles, and a plain status page.
//
// It shows and it passes on; it decides nothing about products and computes no
// figure of its own: those are package coverage's, made once per Standing. What
// it needs of the daemon it asks for through Model, Work and History, so that it
// knows neither the engine nor the queue nor a marketplace.
//
// A handler gets a call and returns an error. What a caller is told stands in an
// *Error, in two languages; what caused it goes to the log alone. Whatever else a
// handler fails with is told as an internal fault, without its words. Every call
// that is to change something lands in the audit log, refused ones too.
//
// What must not enter: secrets in answers, logs, metrics or the audit log;
// telephone numbers and e-mail addresses in what a viewer gets (design decision
// 14); product codes in metrics.
package admin
