# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""The style sheet of the HTML report.

All colours are variables at its top, once for light and once for dark; every pair of text and ground that is used
has a contrast of at least 4.5 (a test computes it).
"""

from __future__ import annotations

_COLOURS = """
:root{color-scheme:light dark;
--ground:#f4f6f8;--sheet:#ffffff;--text:#1b2430;--muted:#566270;--line:#d9dfe5;--link:#0a5bbd;--stripe:#f8fafb;
--good:#11693a;--good-bg:#e0f3e8;--calm:#44505d;--calm-bg:#e9edf1;
--warn:#854600;--warn-bg:#fdeed3;--bad:#a81e17;--bad-bg:#fde5e2}
@media screen and (prefers-color-scheme:dark){:root{
--ground:#0f141a;--sheet:#18202a;--text:#e6ebf0;--muted:#9dabb9;--line:#2e3946;--link:#84b9ff;--stripe:#1c2530;
--good:#86dca9;--good-bg:#17382a;--calm:#bcc7d2;--calm-bg:#2a3541;
--warn:#f5c173;--warn-bg:#40300f;--bad:#ffa59c;--bad-bg:#4a1f1c}}
"""

_FRAME = """
*{box-sizing:border-box}
[hidden]{display:none!important}
html{scroll-padding-top:4.5rem;-webkit-text-size-adjust:100%}
body{margin:0 auto;padding:1.5rem clamp(.75rem,3vw,2rem) 3rem;max-width:84rem;background:var(--ground);
color:var(--text);font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif;
overflow-wrap:anywhere}
h1{margin:0 0 .5rem;font-size:1.75rem;line-height:1.2;letter-spacing:-.01em}
h2{margin:0;font-size:1.2rem;line-height:1.3}
p{margin:.25rem 0 0}
a{color:var(--link)}
:focus-visible{outline:3px solid var(--link);outline-offset:2px;border-radius:.25rem}
code{font:.875em/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace}
.facts{display:flex;flex-wrap:wrap;gap:.25rem 2rem;margin:0}
.facts dt{font-size:.8rem;color:var(--muted)}
.facts dd{margin:0}
.banner{margin:1rem 0 0;padding:.75rem 1rem;border-radius:.5rem;border-left:.375rem solid}
footer{margin-top:2rem;font-size:.875rem;color:var(--muted)}
.good{color:var(--good);background:var(--good-bg)}
.calm{color:var(--calm);background:var(--calm-bg)}
.warn{color:var(--warn);background:var(--warn-bg)}
.bad{color:var(--bad);background:var(--bad-bg)}
"""

_SUMMARY = """
.cards{display:grid;grid-template-columns:repeat(4,1fr);gap:.75rem;margin:1.25rem 0 0;padding:0;list-style:none}
.card{border-radius:.75rem;border:1px solid var(--line);background:var(--sheet)}
.card>*{display:block;height:100%;padding:.875rem 1rem;border-radius:inherit;color:inherit;text-decoration:none}
.card a:hover .name{text-decoration:underline}
.card span{display:block}
.card .name{font-weight:600}
.card strong{display:block;font-size:2.25rem;line-height:1.15;font-variant-numeric:tabular-nums}
.card .note{font-size:.875rem;color:var(--text)}
.card.good,.card.warn,.card.bad,.card.calm{background:var(--sheet);border-top:.25rem solid}
.zero{color:var(--muted);border-top:.25rem solid var(--line)}
.zero .note{color:inherit}
.outcomes,.hosts{margin-top:1rem;padding:1rem;border:1px solid var(--line);border-radius:.75rem;background:var(--sheet)}
.bar{display:flex;gap:2px;height:.75rem;margin:.75rem 0;border-radius:.375rem;overflow:hidden}
.bar i{min-width:.25rem}
.bar .good{background:var(--good)}.bar .calm{background:var(--calm);opacity:.55}
.bar .warn{background:var(--warn)}.bar .bad{background:var(--bad)}
.outcomes ul{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,24rem),1fr));gap:.375rem 1.5rem;
margin:0;padding:0;list-style:none}
.outcomes li,.outcomes li button{display:grid;grid-template-columns:8.25rem 3.5rem 1fr;gap:.5rem;align-items:baseline;
text-align:left;width:100%;font-size:.875rem}
.outcomes b{text-align:right;font-size:1rem;font-variant-numeric:tabular-nums}
.outcomes li button{grid-column:1/-1}
.tag{display:inline-block;justify-self:start;padding:.0625rem .5rem;border-radius:1rem;font-size:.8125rem;
font-weight:600;white-space:nowrap}
button{margin:0;padding:0;border:0;background:none;color:inherit;font:inherit;cursor:pointer}
li button:hover{text-decoration:underline}
.tools{display:flex;flex-wrap:wrap;align-items:center;gap:.25rem .75rem;position:sticky;top:0;z-index:1;
margin-top:1rem;padding:.5rem 0;background:var(--ground)}
.tools label{font-weight:600}
.tools input{flex:1 1 14rem;max-width:30rem;padding:.5rem .75rem;border:1px solid var(--muted);border-radius:.5rem;
background:var(--sheet);color:var(--text);font:inherit}
.tools input::placeholder{color:var(--muted);opacity:1}
.tools p{margin:0;color:var(--muted)}
"""

_TABLE = """
.hosts>p{color:var(--muted);max-width:60rem}
.count{padding:0 .5rem;border-radius:1rem;font-size:.875rem;color:var(--calm);background:var(--calm-bg)}
.causes{display:flex;flex-wrap:wrap;gap:.5rem;margin:.75rem 0 0;padding:0;list-style:none}
.causes li{padding:.125rem .75rem;border:1px solid var(--line);border-radius:1rem}
summary{margin-top:.75rem;cursor:pointer;color:var(--link)}
table{width:100%;margin-top:.75rem;border-spacing:0;table-layout:fixed;font-size:.9375rem}
caption{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
th,td{padding:.4375rem .5rem;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
thead th{border-bottom:2px solid var(--line);font-size:.8125rem;color:var(--muted);white-space:nowrap}
thead button{font-weight:inherit}
thead button::after{content:" \\2195";content:" \\2195"/"";opacity:.6}
[aria-sort=ascending] button,[aria-sort=descending] button{color:var(--text)}
[aria-sort=ascending] button::after{content:" \\2191";content:" \\2191"/"";opacity:1}
[aria-sort=descending] button::after{content:" \\2193";content:" \\2193"/"";opacity:1}
tbody tr:nth-child(even){background:var(--stripe)}
tbody tr:last-child>*{border-bottom:0}
tbody th{font-weight:600}
td small,th small{display:block;font-size:.8125rem;font-weight:400;color:var(--muted)}
small span{margin-right:.75rem}
"""

# A browser lays out only those rows of a long table that can be seen, if they are grids.
_LONG = """
@media screen{
.long,.long thead,.long tbody{display:block}
.long tr{display:grid;grid-template-columns:var(--widths)}
.long tbody tr{content-visibility:auto;contain-intrinsic-size:auto 3.75rem}
}
"""

_NARROW = """
@media screen and (max-width:52rem){
body{padding-top:1rem}
.cards{grid-template-columns:1fr 1fr;gap:.5rem}
.card strong{font-size:1.75rem}
.outcomes,.hosts{padding:.75rem}
.outcomes li,.outcomes li button{grid-template-columns:1fr auto;gap:0 .5rem}
.outcomes li span:last-child{grid-column:1/-1;color:var(--muted)}
table,tbody,tr,.long tr,tbody th,tbody td{display:block;width:auto}
colgroup,thead{display:none}
.sortable thead{display:block}
.sortable thead tr,.long.sortable thead tr{display:flex;flex-wrap:wrap;gap:.375rem}
.sortable thead th{padding:0 .625rem;border:1px solid var(--line);border-radius:1rem}
.sortable thead th button{padding:.375rem 0}
tbody tr{margin-top:.5rem;padding:.5rem .75rem;border:1px solid var(--line);border-radius:.5rem}
.long tbody tr{contain-intrinsic-size:auto 9rem}
tbody th,tbody td{padding:.125rem 0;border:0}
tbody td{display:grid;grid-template-columns:6rem 1fr;column-gap:.5rem}
tbody td>*{grid-column:2;justify-self:start}
tbody td:empty{display:none}
td::before{grid-column:1;color:var(--muted);font-size:.8125rem;line-height:1.7}
}
"""

_PRINT = """
@media print{
@page{margin:1.2cm}
:root{color-scheme:light;--ground:#fff}
html{font-size:8.5pt}
body{max-width:none;padding:0;-webkit-print-color-adjust:exact;print-color-adjust:exact}
.tools,summary{display:none!important}
.outcomes,.hosts{padding:.5rem 0;border:0}
details::details-content{content-visibility:visible;display:block;block-size:auto}
thead{display:table-header-group}
thead button::after{content:""!important}
tr,.card,.banner{break-inside:avoid}
h2{break-after:avoid}
}
"""

STYLE = "".join((_COLOURS, _FRAME, _SUMMARY, _TABLE, _LONG, _NARROW, _PRINT))
