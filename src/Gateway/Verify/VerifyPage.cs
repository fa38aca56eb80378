using System.Security.Cryptography;
using System.Text;

namespace Vitrine.Gateway;

/// <summary>The page for people: one file to choose, or an address, the findings in words. It loads nothing from anywhere and runs nothing but its own script, whose digest the policy names.</summary>
internal static class VerifyPage
{
    private const string Style = """
        body{font:16px/1.5 system-ui,sans-serif;max-width:42rem;margin:3rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}h1{font-size:1.6rem}section{border:1px solid #ccc;border-radius:.5rem;padding:.2rem 1rem;margin:1rem 0}h2{font-size:1.1rem;margin:.6rem 0}dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem}dd{margin:0;overflow-wrap:anywhere}label{display:block;font-weight:600;margin-top:.8rem}#address{display:flex;gap:.5rem}#url{flex:1;min-width:0;font:inherit;padding:.3rem}button{font:inherit;padding:.3rem .8rem}#out{margin-top:1rem}dd{white-space:pre-wrap}
        """;

    private const string Script = """
        const file=document.getElementById('file'),out=document.getElementById('out'),url=document.getElementById('url'),go=document.getElementById('go');
        const make=(tag,text)=>{const e=document.createElement(tag);if(text!==undefined)e.textContent=text;return e};
        const section=(title,sentence,picture)=>{const s=make('section');s.append(make('h2',title),make('p',sentence));if(picture){const d=make('dl');
        for(const [name,value] of [['Made by',picture.made_by],['Made at',picture.made_at],['Model',[picture.model,picture.model_version].filter(Boolean).join(' ')],['Manifest',picture.manifest],
        ['Record',picture.log_record?'entry '+picture.log_record.inclusion.index+' of a signed log of '+picture.log_record.inclusion.size+', with the leaf hash '+picture.log_record.inclusion.leaf_hash:picture.in_signed_checkpoint?'in the signed transparency log':'not yet in a signed checkpoint of the log'],['Signed receipt',picture.log_record&&picture.log_record.receipt]])if(value!==undefined)d.append(make('dt',name),make('dd',value||'unknown'));s.append(d);if(picture.erased)s.append(make('p','This picture was erased here because a person asked to be forgotten. The record that it was made on this platform stands.'))}return s};
        const verify=async body=>{out.replaceChildren(make('p','Looking at it.'));
        try{const answer=await fetch('/v1/verify',body);const v=await answer.json();
        if(!answer.ok){out.replaceChildren(make('p',v.detail));return}
        const credential=section('Content Credentials',v.credential.sentence+(v.credential.signer?' Signed by '+v.credential.signer+'.':'')+(v.credential.stamped_at?' A trusted time stamp authority attests that it was signed at '+v.credential.stamped_at.slice(0,19).replace('T',' ')+' UTC or before.':''),v.credential.picture);
        if(v.credential.findings.length){const list=make('ul');for(const f of v.credential.findings)list.append(make('li',f.code+': '+f.explanation));credential.append(list)}
        out.replaceChildren(credential);
        if(v.watermark)out.append(section('Invisible watermark',!v.watermark.found?'No watermark of this platform was found.':
        v.watermark.looks_alike===false?'A watermark of this platform was found, but the picture does not look like the recorded one: it was cropped or changed, or the mark was copied.':'A watermark of this platform was found.',v.watermark.picture));
        if(v.perceptual_match)out.append(section('Look',v.perceptual_match.found?'A picture of this platform looks the same.':v.perceptual_match.comparable?'No picture of this platform looks the same.':'There is too little to see to compare it.',v.perceptual_match.picture))
        }catch{out.replaceChildren(make('p','The answer did not arrive; try again.'))}};
        file.addEventListener('change',()=>{if(!file.files[0])return;const form=new FormData();form.append('file',file.files[0]);verify({method:'POST',body:form})});
        const look=()=>{if(url.value.trim())verify({method:'POST',headers:{'content-type':'application/json'},body:JSON.stringify({url:url.value.trim()})})};
        go.addEventListener('click',look);url.addEventListener('keydown',e=>{if(e.key==='Enter')look()});
        """;

    private static readonly byte[] Html = Encoding.UTF8.GetBytes($"""
        <!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>Verify a picture</title><style>{Style}</style></head>
        <body><main><h1>Verify a picture</h1><p>Find out whether a picture was made on this platform, also when its metadata was stripped. The picture is looked at and not kept.</p>
        <label for="file">PNG, JPEG, WebP or MP4, at most 20 MiB</label><input id="file" type="file" accept="image/png,image/jpeg,image/webp,video/mp4">
        <label for="url">or its address on the web</label><div id="address"><input id="url" type="url" maxlength="2048"><button id="go" type="button">Verify</button></div><div id="out" role="status" aria-live="polite"></div>
        <p>No finding is no proof: a watermark can be taken away, and other tools leave none of ours.</p></main><script>{Script}</script></body></html>
        """);

    private static readonly string Policy =
        $"default-src 'none'; script-src '{Digest(Script)}'; style-src '{Digest(Style)}'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static Task Write(HttpContext http)
    {
        http.Response.ContentType = "text/html; charset=utf-8";
        http.Response.ContentLength = Html.Length;
        http.Response.Headers.ContentSecurityPolicy = Policy;
        http.Response.Headers.CacheControl = "no-cache";
        http.Response.Headers["Referrer-Policy"] = "no-referrer";
        return http.Response.Body.WriteAsync(Html, http.RequestAborted).AsTask();
    }

    private static string Digest(string text) => "sha256-" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
