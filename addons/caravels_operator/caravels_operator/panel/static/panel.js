var e=globalThis,t=e.ShadowRoot&&(e.ShadyCSS===void 0||e.ShadyCSS.nativeShadow)&&`adoptedStyleSheets`in Document.prototype&&`replace`in CSSStyleSheet.prototype,n=Symbol(),r=new WeakMap,i=class{constructor(e,t,r){if(this._$cssResult$=!0,r!==n)throw Error("CSSResult is not constructable. Use `unsafeCSS` or `css` instead.");this.cssText=e,this.t=t}get styleSheet(){let e=this.o,n=this.t;if(t&&e===void 0){let t=n!==void 0&&n.length===1;t&&(e=r.get(n)),e===void 0&&((this.o=e=new CSSStyleSheet).replaceSync(this.cssText),t&&r.set(n,e))}return e}toString(){return this.cssText}},a=e=>new i(typeof e==`string`?e:e+``,void 0,n),o=(e,...t)=>new i(e.length===1?e[0]:t.reduce((t,n,r)=>t+(e=>{if(!0===e._$cssResult$)return e.cssText;if(typeof e==`number`)return e;throw Error(`Value passed to 'css' function must be a 'css' function result: `+e+`. Use 'unsafeCSS' to pass non-literal values, but take care to ensure page security.`)})(n)+e[r+1],e[0]),e,n),s=(n,r)=>{if(t)n.adoptedStyleSheets=r.map(e=>e instanceof CSSStyleSheet?e:e.styleSheet);else for(let t of r){let r=document.createElement(`style`),i=e.litNonce;i!==void 0&&r.setAttribute(`nonce`,i),r.textContent=t.cssText,n.appendChild(r)}},c=t?e=>e:e=>e instanceof CSSStyleSheet?(e=>{let t=``;for(let n of e.cssRules)t+=n.cssText;return a(t)})(e):e,{is:l,defineProperty:u,getOwnPropertyDescriptor:ee,getOwnPropertyNames:te,getOwnPropertySymbols:ne,getPrototypeOf:re}=Object,d=globalThis,ie=d.trustedTypes,ae=ie?ie.emptyScript:``,oe=d.reactiveElementPolyfillSupport,f=(e,t)=>e,p={toAttribute(e,t){switch(t){case Boolean:e=e?ae:null;break;case Object:case Array:e=e==null?e:JSON.stringify(e)}return e},fromAttribute(e,t){let n=e;switch(t){case Boolean:n=e!==null;break;case Number:n=e===null?null:Number(e);break;case Object:case Array:try{n=JSON.parse(e)}catch{n=null}}return n}},se=(e,t)=>!l(e,t),ce={attribute:!0,type:String,converter:p,reflect:!1,useDefault:!1,hasChanged:se};Symbol.metadata??=Symbol(`metadata`),d.litPropertyMetadata??=new WeakMap;var m=class extends HTMLElement{static addInitializer(e){this._$Ei(),(this.l??=[]).push(e)}static get observedAttributes(){return this.finalize(),this._$Eh&&[...this._$Eh.keys()]}static createProperty(e,t=ce){if(t.state&&(t.attribute=!1),this._$Ei(),this.prototype.hasOwnProperty(e)&&((t=Object.create(t)).wrapped=!0),this.elementProperties.set(e,t),!t.noAccessor){let n=Symbol(),r=this.getPropertyDescriptor(e,n,t);r!==void 0&&u(this.prototype,e,r)}}static getPropertyDescriptor(e,t,n){let{get:r,set:i}=ee(this.prototype,e)??{get(){return this[t]},set(e){this[t]=e}};return{get:r,set(t){let a=r?.call(this);i?.call(this,t),this.requestUpdate(e,a,n)},configurable:!0,enumerable:!0}}static getPropertyOptions(e){return this.elementProperties.get(e)??ce}static _$Ei(){if(this.hasOwnProperty(f(`elementProperties`)))return;let e=re(this);e.finalize(),e.l!==void 0&&(this.l=[...e.l]),this.elementProperties=new Map(e.elementProperties)}static finalize(){if(this.hasOwnProperty(f(`finalized`)))return;if(this.finalized=!0,this._$Ei(),this.hasOwnProperty(f(`properties`))){let e=this.properties,t=[...te(e),...ne(e)];for(let n of t)this.createProperty(n,e[n])}let e=this[Symbol.metadata];if(e!==null){let t=litPropertyMetadata.get(e);if(t!==void 0)for(let[e,n]of t)this.elementProperties.set(e,n)}this._$Eh=new Map;for(let[e,t]of this.elementProperties){let n=this._$Eu(e,t);n!==void 0&&this._$Eh.set(n,e)}this.elementStyles=this.finalizeStyles(this.styles)}static finalizeStyles(e){let t=[];if(Array.isArray(e)){let n=new Set(e.flat(1/0).reverse());for(let e of n)t.unshift(c(e))}else e!==void 0&&t.push(c(e));return t}static _$Eu(e,t){let n=t.attribute;return!1===n?void 0:typeof n==`string`?n:typeof e==`string`?e.toLowerCase():void 0}constructor(){super(),this._$Ep=void 0,this.isUpdatePending=!1,this.hasUpdated=!1,this._$Em=null,this._$Ev()}_$Ev(){this._$ES=new Promise(e=>this.enableUpdating=e),this._$AL=new Map,this._$E_(),this.requestUpdate(),this.constructor.l?.forEach(e=>e(this))}addController(e){(this._$EO??=new Set).add(e),this.renderRoot!==void 0&&this.isConnected&&e.hostConnected?.()}removeController(e){this._$EO?.delete(e)}_$E_(){let e=new Map,t=this.constructor.elementProperties;for(let n of t.keys())this.hasOwnProperty(n)&&(e.set(n,this[n]),delete this[n]);e.size>0&&(this._$Ep=e)}createRenderRoot(){let e=this.shadowRoot??this.attachShadow(this.constructor.shadowRootOptions);return s(e,this.constructor.elementStyles),e}connectedCallback(){this.renderRoot??=this.createRenderRoot(),this.enableUpdating(!0),this._$EO?.forEach(e=>e.hostConnected?.())}enableUpdating(e){}disconnectedCallback(){this._$EO?.forEach(e=>e.hostDisconnected?.())}attributeChangedCallback(e,t,n){this._$AK(e,n)}_$ET(e,t){let n=this.constructor.elementProperties.get(e),r=this.constructor._$Eu(e,n);if(r!==void 0&&!0===n.reflect){let i=(n.converter?.toAttribute===void 0?p:n.converter).toAttribute(t,n.type);this._$Em=e,i==null?this.removeAttribute(r):this.setAttribute(r,i),this._$Em=null}}_$AK(e,t){let n=this.constructor,r=n._$Eh.get(e);if(r!==void 0&&this._$Em!==r){let e=n.getPropertyOptions(r),i=typeof e.converter==`function`?{fromAttribute:e.converter}:e.converter?.fromAttribute===void 0?p:e.converter;this._$Em=r;let a=i.fromAttribute(t,e.type);this[r]=a??this._$Ej?.get(r)??a,this._$Em=null}}requestUpdate(e,t,n,r=!1,i){if(e!==void 0){let a=this.constructor;if(!1===r&&(i=this[e]),n??=a.getPropertyOptions(e),!((n.hasChanged??se)(i,t)||n.useDefault&&n.reflect&&i===this._$Ej?.get(e)&&!this.hasAttribute(a._$Eu(e,n))))return;this.C(e,t,n)}!1===this.isUpdatePending&&(this._$ES=this._$EP())}C(e,t,{useDefault:n,reflect:r,wrapped:i},a){n&&!(this._$Ej??=new Map).has(e)&&(this._$Ej.set(e,a??t??this[e]),!0!==i||a!==void 0)||(this._$AL.has(e)||(this.hasUpdated||n||(t=void 0),this._$AL.set(e,t)),!0===r&&this._$Em!==e&&(this._$Eq??=new Set).add(e))}async _$EP(){this.isUpdatePending=!0;try{await this._$ES}catch(e){Promise.reject(e)}let e=this.scheduleUpdate();return e!=null&&await e,!this.isUpdatePending}scheduleUpdate(){return this.performUpdate()}performUpdate(){if(!this.isUpdatePending)return;if(!this.hasUpdated){if(this.renderRoot??=this.createRenderRoot(),this._$Ep){for(let[e,t]of this._$Ep)this[e]=t;this._$Ep=void 0}let e=this.constructor.elementProperties;if(e.size>0)for(let[t,n]of e){let{wrapped:e}=n,r=this[t];!0!==e||this._$AL.has(t)||r===void 0||this.C(t,void 0,n,r)}}let e=!1,t=this._$AL;try{e=this.shouldUpdate(t),e?(this.willUpdate(t),this._$EO?.forEach(e=>e.hostUpdate?.()),this.update(t)):this._$EM()}catch(t){throw e=!1,this._$EM(),t}e&&this._$AE(t)}willUpdate(e){}_$AE(e){this._$EO?.forEach(e=>e.hostUpdated?.()),this.hasUpdated||(this.hasUpdated=!0,this.firstUpdated(e)),this.updated(e)}_$EM(){this._$AL=new Map,this.isUpdatePending=!1}get updateComplete(){return this.getUpdateComplete()}getUpdateComplete(){return this._$ES}shouldUpdate(e){return!0}update(e){this._$Eq&&=this._$Eq.forEach(e=>this._$ET(e,this[e])),this._$EM()}updated(e){}firstUpdated(e){}};m.elementStyles=[],m.shadowRootOptions={mode:`open`},m[f(`elementProperties`)]=new Map,m[f(`finalized`)]=new Map,oe?.({ReactiveElement:m}),(d.reactiveElementVersions??=[]).push(`2.1.2`);var le=globalThis,ue=e=>e,de=le.trustedTypes,fe=de?de.createPolicy(`lit-html`,{createHTML:e=>e}):void 0,pe=`$lit$`,h=`lit$${Math.random().toFixed(9).slice(2)}$`,me=`?`+h,he=`<${me}>`,g=document,_=()=>g.createComment(``),v=e=>e===null||typeof e!=`object`&&typeof e!=`function`,ge=Array.isArray,_e=e=>ge(e)||typeof e?.[Symbol.iterator]==`function`,ve=`[ 	
\f\r]`,y=/<(?:(!--|\/[^a-zA-Z])|(\/?[a-zA-Z][^>\s]*)|(\/?$))/g,ye=/-->/g,be=/>/g,b=RegExp(`>|${ve}(?:([^\\s"'>=/]+)(${ve}*=${ve}*(?:[^ \t\n\f\r"'\`<>=]|("|')|))|$)`,`g`),xe=/'/g,Se=/"/g,Ce=/^(?:script|style|textarea|title)$/i,we=e=>(t,...n)=>({_$litType$:e,strings:t,values:n}),x=we(1),S=we(2),C=Symbol.for(`lit-noChange`),w=Symbol.for(`lit-nothing`),Te=new WeakMap,T=g.createTreeWalker(g,129);function Ee(e,t){if(!ge(e)||!e.hasOwnProperty(`raw`))throw Error(`invalid template strings array`);return fe===void 0?t:fe.createHTML(t)}var De=(e,t)=>{let n=e.length-1,r=[],i,a=t===2?`<svg>`:t===3?`<math>`:``,o=y;for(let t=0;t<n;t++){let n=e[t],s,c,l=-1,u=0;for(;u<n.length&&(o.lastIndex=u,c=o.exec(n),c!==null);)u=o.lastIndex,o===y?c[1]===`!--`?o=ye:c[1]===void 0?c[2]===void 0?c[3]!==void 0&&(o=b):(Ce.test(c[2])&&(i=RegExp(`</`+c[2],`g`)),o=b):o=be:o===b?c[0]===`>`?(o=i??y,l=-1):c[1]===void 0?l=-2:(l=o.lastIndex-c[2].length,s=c[1],o=c[3]===void 0?b:c[3]===`"`?Se:xe):o===Se||o===xe?o=b:o===ye||o===be?o=y:(o=b,i=void 0);let ee=o===b&&e[t+1].startsWith(`/>`)?` `:``;a+=o===y?n+he:l>=0?(r.push(s),n.slice(0,l)+pe+n.slice(l)+h+ee):n+h+(l===-2?t:ee)}return[Ee(e,a+(e[n]||`<?>`)+(t===2?`</svg>`:t===3?`</math>`:``)),r]},Oe=class e{constructor({strings:t,_$litType$:n},r){let i;this.parts=[];let a=0,o=0,s=t.length-1,c=this.parts,[l,u]=De(t,n);if(this.el=e.createElement(l,r),T.currentNode=this.el.content,n===2||n===3){let e=this.el.content.firstChild;e.replaceWith(...e.childNodes)}for(;(i=T.nextNode())!==null&&c.length<s;){if(i.nodeType===1){if(i.hasAttributes())for(let e of i.getAttributeNames())if(e.endsWith(pe)){let t=u[o++],n=i.getAttribute(e).split(h),r=/([.?@])?(.*)/.exec(t);c.push({type:1,index:a,name:r[2],strings:n,ctor:r[1]===`.`?je:r[1]===`?`?Me:r[1]===`@`?Ne:D}),i.removeAttribute(e)}else e.startsWith(h)&&(c.push({type:6,index:a}),i.removeAttribute(e));if(Ce.test(i.tagName)){let e=i.textContent.split(h),t=e.length-1;if(t>0){i.textContent=de?de.emptyScript:``;for(let n=0;n<t;n++)i.append(e[n],_()),T.nextNode(),c.push({type:2,index:++a});i.append(e[t],_())}}}else if(i.nodeType===8){if(i.data===me)c.push({type:2,index:a});else{let e=-1;for(;(e=i.data.indexOf(h,e+1))!==-1;)c.push({type:7,index:a}),e+=h.length-1}}a++}}static createElement(e,t){let n=g.createElement(`template`);return n.innerHTML=e,n}};function E(e,t,n=e,r){if(t===C)return t;let i=r===void 0?n._$Cl:n._$Co?.[r],a=v(t)?void 0:t._$litDirective$;return i?.constructor!==a&&(i?._$AO?.(!1),a===void 0?i=void 0:(i=new a(e),i._$AT(e,n,r)),r===void 0?n._$Cl=i:(n._$Co??=[])[r]=i),i!==void 0&&(t=E(e,i._$AS(e,t.values),i,r)),t}var ke=class{constructor(e,t){this._$AV=[],this._$AN=void 0,this._$AD=e,this._$AM=t}get parentNode(){return this._$AM.parentNode}get _$AU(){return this._$AM._$AU}u(e){let{el:{content:t},parts:n}=this._$AD,r=(e?.creationScope??g).importNode(t,!0);T.currentNode=r;let i=T.nextNode(),a=0,o=0,s=n[0];for(;s!==void 0;){if(a===s.index){let t;s.type===2?t=new Ae(i,i.nextSibling,this,e):s.type===1?t=new s.ctor(i,s.name,s.strings,this,e):s.type===6&&(t=new Pe(i,this,e)),this._$AV.push(t),s=n[++o]}a!==s?.index&&(i=T.nextNode(),a++)}return T.currentNode=g,r}p(e){let t=0;for(let n of this._$AV)n!==void 0&&(n.strings===void 0?n._$AI(e[t]):(n._$AI(e,n,t),t+=n.strings.length-2)),t++}},Ae=class e{get _$AU(){return this._$AM?._$AU??this._$Cv}constructor(e,t,n,r){this.type=2,this._$AH=w,this._$AN=void 0,this._$AA=e,this._$AB=t,this._$AM=n,this.options=r,this._$Cv=r?.isConnected??!0}get parentNode(){let e=this._$AA.parentNode,t=this._$AM;return t!==void 0&&e?.nodeType===11&&(e=t.parentNode),e}get startNode(){return this._$AA}get endNode(){return this._$AB}_$AI(e,t=this){e=E(this,e,t),v(e)?e===w||e==null||e===``?(this._$AH!==w&&this._$AR(),this._$AH=w):e!==this._$AH&&e!==C&&this._(e):e._$litType$===void 0?e.nodeType===void 0?_e(e)?this.k(e):this._(e):this.T(e):this.$(e)}O(e){return this._$AA.parentNode.insertBefore(e,this._$AB)}T(e){this._$AH!==e&&(this._$AR(),this._$AH=this.O(e))}_(e){this._$AH!==w&&v(this._$AH)?this._$AA.nextSibling.data=e:this.T(g.createTextNode(e)),this._$AH=e}$(e){let{values:t,_$litType$:n}=e,r=typeof n==`number`?this._$AC(e):(n.el===void 0&&(n.el=Oe.createElement(Ee(n.h,n.h[0]),this.options)),n);if(this._$AH?._$AD===r)this._$AH.p(t);else{let e=new ke(r,this),n=e.u(this.options);e.p(t),this.T(n),this._$AH=e}}_$AC(e){let t=Te.get(e.strings);return t===void 0&&Te.set(e.strings,t=new Oe(e)),t}k(t){ge(this._$AH)||(this._$AH=[],this._$AR());let n=this._$AH,r,i=0;for(let a of t)i===n.length?n.push(r=new e(this.O(_()),this.O(_()),this,this.options)):r=n[i],r._$AI(a),i++;i<n.length&&(this._$AR(r&&r._$AB.nextSibling,i),n.length=i)}_$AR(e=this._$AA.nextSibling,t){for(this._$AP?.(!1,!0,t);e!==this._$AB;){let t=ue(e).nextSibling;ue(e).remove(),e=t}}setConnected(e){this._$AM===void 0&&(this._$Cv=e,this._$AP?.(e))}},D=class{get tagName(){return this.element.tagName}get _$AU(){return this._$AM._$AU}constructor(e,t,n,r,i){this.type=1,this._$AH=w,this._$AN=void 0,this.element=e,this.name=t,this._$AM=r,this.options=i,n.length>2||n[0]!==``||n[1]!==``?(this._$AH=Array(n.length-1).fill(new String),this.strings=n):this._$AH=w}_$AI(e,t=this,n,r){let i=this.strings,a=!1;if(i===void 0)e=E(this,e,t,0),a=!v(e)||e!==this._$AH&&e!==C,a&&(this._$AH=e);else{let r=e,o,s;for(e=i[0],o=0;o<i.length-1;o++)s=E(this,r[n+o],t,o),s===C&&(s=this._$AH[o]),a||=!v(s)||s!==this._$AH[o],s===w?e=w:e!==w&&(e+=(s??``)+i[o+1]),this._$AH[o]=s}a&&!r&&this.j(e)}j(e){e===w?this.element.removeAttribute(this.name):this.element.setAttribute(this.name,e??``)}},je=class extends D{constructor(){super(...arguments),this.type=3}j(e){this.element[this.name]=e===w?void 0:e}},Me=class extends D{constructor(){super(...arguments),this.type=4}j(e){this.element.toggleAttribute(this.name,!!e&&e!==w)}},Ne=class extends D{constructor(e,t,n,r,i){super(e,t,n,r,i),this.type=5}_$AI(e,t=this){if((e=E(this,e,t,0)??w)===C)return;let n=this._$AH,r=e===w&&n!==w||e.capture!==n.capture||e.once!==n.once||e.passive!==n.passive,i=e!==w&&(n===w||r);r&&this.element.removeEventListener(this.name,this,n),i&&this.element.addEventListener(this.name,this,e),this._$AH=e}handleEvent(e){typeof this._$AH==`function`?this._$AH.call(this.options?.host??this.element,e):this._$AH.handleEvent(e)}},Pe=class{constructor(e,t,n){this.element=e,this.type=6,this._$AN=void 0,this._$AM=t,this.options=n}get _$AU(){return this._$AM._$AU}_$AI(e){E(this,e)}},Fe=le.litHtmlPolyfillSupport;Fe?.(Oe,Ae),(le.litHtmlVersions??=[]).push(`3.3.3`);var Ie=(e,t,n)=>{let r=n?.renderBefore??t,i=r._$litPart$;if(i===void 0){let e=n?.renderBefore??null;r._$litPart$=i=new Ae(t.insertBefore(_(),e),e,void 0,n??{})}return i._$AI(e),i},Le=globalThis,O=class extends m{constructor(){super(...arguments),this.renderOptions={host:this},this._$Do=void 0}createRenderRoot(){let e=super.createRenderRoot();return this.renderOptions.renderBefore??=e.firstChild,e}update(e){let t=this.render();this.hasUpdated||(this.renderOptions.isConnected=this.isConnected),super.update(e),this._$Do=Ie(t,this.renderRoot,this.renderOptions)}connectedCallback(){super.connectedCallback(),this._$Do?.setConnected(!0)}disconnectedCallback(){super.disconnectedCallback(),this._$Do?.setConnected(!1)}render(){return C}};O._$litElement$=!0,O.finalized=!0,Le.litElementHydrateSupport?.({LitElement:O});var Re=Le.litElementPolyfillSupport;Re?.({LitElement:O}),(Le.litElementVersions??=[]).push(`4.2.2`);var k=e=>(t,n)=>{n===void 0?customElements.define(e,t):n.addInitializer(()=>{customElements.define(e,t)})},ze={attribute:!0,type:String,converter:p,reflect:!1,hasChanged:se},Be=(e=ze,t,n)=>{let{kind:r,metadata:i}=n,a=globalThis.litPropertyMetadata.get(i);if(a===void 0&&globalThis.litPropertyMetadata.set(i,a=new Map),r===`setter`&&((e=Object.create(e)).wrapped=!0),a.set(n.name,e),r===`accessor`){let{name:r}=n;return{set(n){let i=t.get.call(this);t.set.call(this,n),this.requestUpdate(r,i,e,!0,n)},init(t){return t!==void 0&&this.C(r,void 0,e,t),t}}}if(r===`setter`){let{name:r}=n;return function(n){let i=this[r];t.call(this,n),this.requestUpdate(r,i,e,!0,n)}}throw Error(`Unsupported decorator location: `+r)};function A(e){return(t,n)=>typeof n==`object`?Be(e,t,n):((e,t,n)=>{let r=t.hasOwnProperty(n);return t.constructor.createProperty(n,e),r?Object.getOwnPropertyDescriptor(t,n):void 0})(e,t,n)}function j(e){return A({...e,state:!0,attribute:!1})}var Ve=(e,t,n)=>(n.configurable=!0,n.enumerable=!0,Reflect.decorate&&typeof t!=`object`&&Object.defineProperty(e,t,n),n);function He(e,t){return(n,r,i)=>{let a=t=>t.renderRoot?.querySelector(e)??null;if(t){let{get:e,set:t}=typeof r==`object`?n:i??(()=>{let e=Symbol();return{get(){return this[e]},set(t){this[e]=t}}})();return Ve(n,r,{get(){let n=e.call(this);return n===void 0&&(n=a(this),(n!==null||this.hasUpdated)&&t.call(this,n)),n}})}return Ve(n,r,{get(){return a(this)}})}}var M=class extends Error{constructor(e,t,n=``){super(t),this.code=e,this.sentence=t,this.detail=n}},Ue={"Content-Type":`application/json`,"X-Caravels-Panel":`1`},We=e=>new URL(`api/${e}`,document.baseURI);async function Ge(e,t){let n;try{n=await fetch(We(e),{credentials:`same-origin`,cache:`no-store`,...t})}catch(e){throw t.signal?.aborted?e:new M(`unreachable`,`The operator cannot be reached.`,String(e))}let r=await n.json().catch(()=>void 0);if(n.ok&&r!==void 0)return r;throw Ke(n.status,r)}function Ke(e,t){let{code:n,sentence:r,detail:i}=t??{};return typeof n==`string`?new M(n,r??``,i):new M(`unreachable`,`The operator cannot be reached.`,`HTTP ${e}`)}var N=(e,t)=>Ge(e,t?{signal:t}:{}),P=(e,t={})=>Ge(e,{method:`POST`,headers:Ue,body:JSON.stringify(t)}),qe=(e,t)=>`members/${encodeURIComponent(e)}/${t}`,F={session:()=>N(`session`),login:e=>P(`login`,e),logout:()=>P(`logout`),community:e=>N(`community`,e),members:e=>N(`members`,e),enrol:e=>P(`members`,e),link:e=>P(qe(e,`link`)),revoke:e=>P(qe(e,`revoke`)),erase:e=>P(qe(e,`erase`)),market:(e,t)=>N(e?`market?day=${encodeURIComponent(e)}`:`market`,t),closeGate:e=>P(`market/${e}/close`,{day:e})};function Je(){let e=We(`stream`);return e.protocol=e.protocol.replace(`http`,`ws`),new WebSocket(e)}var Ye=o`
  :host {
    display: grid;
    grid-template: auto 1fr auto / 232px minmax(0, 1fr);
    grid-template-areas: "top main" "nav main" "foot main";
    gap: 0;
    min-height: 100dvh;
  }
  .skip {
    position: absolute;
    left: -999px;
  }
  .skip:focus {
    left: var(--space-2);
    top: var(--space-2);
    z-index: 10;
    padding: var(--space-2) var(--space-3);
    background: var(--surface-raised);
    border-radius: var(--radius-small);
  }
  .top {
    grid-area: top;
    position: sticky;
    top: 0;
    display: grid;
    grid-template-columns: auto minmax(0, 1fr);
    align-items: center;
    gap: var(--space-2) var(--space-3);
    padding: var(--space-5) var(--space-4) var(--space-4);
  }
  .mark img {
    display: block;
    width: 32px;
    height: 32px;
  }
  .name {
    font-size: 1rem;
    line-height: 1.25;
    overflow-wrap: anywhere;
  }
  .live {
    grid-column: 1 / -1;
    justify-self: start;
  }
  nav {
    grid-area: nav;
    position: sticky;
    top: 128px;
    align-self: start;
    display: grid;
    gap: 2px;
    padding: 0 var(--space-2);
  }
  nav a {
    display: flex;
    align-items: center;
    gap: var(--space-3);
    min-height: 40px;
    padding: 0 var(--space-3);
    border-radius: var(--radius-small);
    color: var(--text-soft);
    font-weight: 550;
    text-decoration: none;
  }
  nav a:hover {
    background: var(--surface-sunken);
    color: var(--text);
  }
  nav a[aria-current] {
    color: var(--accent);
    background: var(--accent-soft);
  }
  .foot {
    grid-area: foot;
    position: sticky;
    bottom: 0;
    display: grid;
    gap: var(--space-2);
    padding: var(--space-4);
  }
  .person {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: var(--space-2);
    min-width: 0;
  }
  .person span {
    overflow: hidden;
    text-overflow: ellipsis;
  }
  :host::before {
    content: "";
    grid-area: 1 / 1 / -1 / 2;
    background: var(--surface);
    border-right: 1px solid var(--line);
  }
  main {
    grid-area: main;
    width: 100%;
    max-width: 1760px;
    margin: 0 auto;
    padding: var(--space-6);
    outline: none;
  }
  .alone {
    grid-area: 1 / 1 / -1 / -1;
    display: grid;
    place-content: center;
    z-index: 1;
    background: var(--surface-page);
    max-width: none;
  }
  login-page {
    grid-area: 1 / 1 / -1 / -1;
    z-index: 1;
    background: var(--surface-page);
  }
  @media (max-width: 860px) {
    :host {
      grid-template: auto 1fr auto auto / minmax(0, 1fr);
      grid-template-areas: "top" "main" "foot" "nav";
    }
    :host::before {
      content: none;
    }
    .top {
      z-index: 5;
      grid-template-columns: auto minmax(0, 1fr) auto;
      padding: var(--space-2) var(--space-4);
      background: var(--surface);
      border-bottom: 1px solid var(--line);
    }
    .mark img {
      width: 28px;
      height: 28px;
    }
    .name {
      white-space: nowrap;
      overflow: hidden;
      text-overflow: ellipsis;
    }
    .live {
      grid-column: auto;
    }
    main {
      padding: var(--space-4);
    }
    .foot {
      position: static;
      grid-template-columns: minmax(0, 1fr) auto;
      align-items: center;
    }
    nav {
      z-index: 5;
      top: auto;
      bottom: 0;
      align-self: end;
      grid-auto-flow: column;
      grid-auto-columns: minmax(76px, 1fr);
      overflow-x: auto;
      padding: var(--space-1) var(--space-2) calc(var(--space-1) + env(safe-area-inset-bottom));
      background: var(--surface);
      border-top: 1px solid var(--line);
    }
    nav a {
      flex-direction: column;
      justify-content: center;
      gap: 2px;
      min-height: 52px;
      padding: 0 var(--space-1);
      font-size: 0.75rem;
    }
    nav a[aria-current] {
      background: none;
    }
  }
`,Xe=1e6,Ze=1e3,Qe=4,$e=class{constructor(e,t,n){this.locale=e,this.currency=t,this.zone=n,this.numbers=new Map,this.dates=new Map,this.moneyFormat=new Intl.NumberFormat(e,{style:`currency`,currency:t})}number(e,t=0){let n=this.numbers.get(t);return n||(n=new Intl.NumberFormat(this.locale,{minimumFractionDigits:t,maximumFractionDigits:t}),this.numbers.set(t,n)),n.format(e===0?0:e)}kwh(e,t=1){return`${this.number(e/Ze,t)} kWh`}money(e){let t=Number((e/Xe).toFixed(this.moneyFormat.resolvedOptions().maximumFractionDigits??2));return this.moneyFormat.format(t===0?0:t)}price(e,t=Qe){return this.number(e/Xe,t)}priceWithUnit(e){return`${this.price(e)} ${this.priceUnit}`}get priceUnit(){return`${this.currency}/kWh`}percent(e){return new Intl.NumberFormat(this.locale,{style:`percent`,maximumFractionDigits:1}).format(e/1e3)}time(e){return this.date(`time`,{hour:`2-digit`,minute:`2-digit`,hourCycle:`h23`}).format(e*1e3)}moment(e){return`${this.date(`short`,{day:`numeric`,month:`short`}).format(e*1e3)}, ${this.time(e)}`}day(e){return this.civil(`day`,{weekday:`long`,day:`numeric`,month:`long`,year:`numeric`},e)}dayShort(e){return this.civil(`dayShort`,{weekday:`short`,day:`numeric`,month:`short`},e)}ago(e,t){let n=new Intl.RelativeTimeFormat(this.locale,{numeric:`auto`}),r=e-t,[i,a]=et.find(([,e])=>Math.abs(r)>=e)??[`second`,1];return n.format(Math.round(r/a),i)}civil(e,t,n){return this.date(e,{...t,timeZone:`UTC`}).format(Date.parse(`${n}T00:00:00Z`))}date(e,t){let n=this.dates.get(e);return n||(n=new Intl.DateTimeFormat(this.locale,{timeZone:this.zone,...t}),this.dates.set(e,n)),n}},et=[[`day`,86400],[`hour`,3600],[`minute`,60]];function tt(e){let t=Math.max(0,Math.floor(e));return`${Math.floor(t/60)}:${String(t%60).padStart(2,`0`)}`}function nt(e,t){return new Intl.DateTimeFormat(`en-CA`,{timeZone:t,year:`numeric`,month:`2-digit`,day:`2-digit`}).format(e*1e3)}var rt={"page.community":`Community`,"page.members":`Members`,"page.market":`Market`,"page.pages":`Pages`,"page.skip":`To the content`,"page.language":`Language`,"page.loading":`Loading …`,"page.retry":`Try again`,"live.live":`Live`,"live.connecting":`Connecting …`,"live.away":`Not live – reconnecting`,"word.yes":`yes`,"word.no":`no`,"day.today":`Today`,"day.tomorrow":`Tomorrow`,"table.export":`CSV`,"table.export_of":`Export as CSV: {table}`,"table.actions":`Actions`,"dialog.close":`Close`,"dialog.cancel":`Cancel`,"dialog.busy":`One moment …`,"login.lead":`Log in to operate the community.`,"login.name":`Name`,"login.password":`Password`,"login.verb":`Log in`,"login.leave":`Log out`,"balance.balanced":`The community is balanced now, but for {kwh};`,"balance.short":`The community takes {kwh} an hour from the grid now;`,"balance.long":`The community gives {kwh} an hour to the grid now;`,"balance.unknown":`No meter has sent anything yet;`,"balance.source":`By the meters from {hour}, which {sent} of {all} members have sent.`,"tomorrow.none":`tomorrow's prices are not out yet.`,"tomorrow.open":`tomorrow's auction is open until {time}.`,"tomorrow.unwanted":`for tomorrow nobody wants to buy.`,"tomorrow.cleared":`tomorrow it covers {percent} of what members want to buy.`,"tile.now":`Balance now`,"tile.from_grid":`taken from the grid, net`,"tile.to_grid":`given to the grid, net`,"tile.online":`Members online`,"tile.of":`of {all}`,"tile.online_note":`homes with an open connection`,"tile.today":`Traded for today`,"tile.tomorrow":`Traded for tomorrow`,"tile.bids":`auction open, bids so far: {books}`,"tile.no_prices":`prices are not out yet`,"tile.no_trade":`nothing was traded`,"tile.mean":`at {price} on average`,"tile.traded":`Traded`,"tile.parties":`{sellers} sellers, {buyers} buyers`,"tile.value":`Value`,"tile.wanted":`Wanted`,"tile.covered":`{percent} of it bought from members`,"tile.offered":`Offered`,"tile.sold":`{percent} of it sold to members`,"hours.picture":`Last 24 hours by the meters`,"hours.chart":`Energy from and to the grid, last 24 hours. Read it with the arrow keys.`,"hours.axis":`Energy, kWh`,"hours.export":`Given to the grid`,"hours.import":`Taken from the grid`,"hours.net":`Balance`,"hours.title":`Meters by hour`,"hours.hour":`Hour from`,"hours.import_kwh":`Taken, kWh`,"hours.export_kwh":`Given, kWh`,"hours.net_kwh":`Balance, kWh`,"hours.members":`Members heard`,"hours.empty":`No readings yet. They come a few minutes after the first home has joined.`,"failed.lead":`Something could not be done so far. It is tried again by itself.`,"failed.title":`Not done`,"failed.step":`What`,"failed.key":`Of`,"failed.why":`Why`,"failed.attempts":`Attempts`,"failed.again":`Tried again`,"step.prices":`Fetch prices`,"step.prices_again":`Fetch prices once more`,"step.forecasts":`Forecast the day`,"step.hour_ahead":`Forecast the next hours`,"step.gate":`Clear the auction`,"step.settle":`Settle`,"step.restate":`Settle again`,"step.month":`Close the month`,"step.prune":`Tidy up`,"expected.of":`Expected for {day}`,"expected.choose":`Day of the forecast`,"expected.chart":`Forecast for {day}: what the community will use and generate, by hour. Read it with the arrow keys.`,"expected.none":`Nothing is forecast of this day yet. Forecasts come a quarter of an hour after the prices.`,"expected.title":`Expected by hour`,"expected.table":`As a table`,"expected.axis":`Energy, kWh`,"expected.flexibility_axis":`Flexibility, kWh`,"expected.consumption":`Consumption`,"expected.generation":`Generation`,"expected.band":`four times in five`,"expected.reduction":`Can be saved`,"expected.shifting":`Can be moved`,"expected.rests":`Homes that say what they expect: {reported}; forecast here by their meters: {estimated}; of which nothing is known: {unknown}.`,"expected.issued":`Forecast {ago}.`,"expected.not_judged":`How good the forecasts are shows after the first days.`,"expected.off":`{what}, last {days} days: off by {kwh} an hour of {mean} on average.`,"expected.better_last_week":`{share} better than the same hour last week.`,"expected.worse_last_week":`{share} worse than the same hour last week.`,"expected.better_mean_7":`{share} better than the mean of seven days.`,"expected.worse_mean_7":`{share} worse than the mean of seven days.`,"expected.covered":`{share} of the hours lay in the band.`,"expected.consumption_kwh":`Consumption, kWh`,"expected.generation_kwh":`Generation, kWh`,"expected.from_kwh":`from, kWh`,"expected.to_kwh":`to, kWh`,"expected.reduction_kwh":`Can be saved, kWh`,"expected.shifting_kwh":`Can be moved, kWh`,"auction.of":`Auction for {day}`,"auction.choose":`Day of the auction`,"auction.chart":`Auction for {day}: price and energy by period. Read it with the arrow keys.`,"auction.none":`No prices yet for this day. They come the day before, at noon or shortly after.`,"auction.period":`Period`,"auction.price":`Community price`,"auction.market_price":`Market price`,"auction.traded":`Traded`,"auction.wanted":`Wanted`,"auction.offered":`Offered`,"auction.price_axis":`Price, {unit}`,"auction.energy_axis":`Energy, kWh`,"auction.traded_kwh":`Traded, kWh`,"auction.wanted_kwh":`Wanted, kWh`,"auction.offered_kwh":`Offered, kWh`,"auction.price_column":`Community price, {unit}`,"auction.market_price_column":`Market price, {unit}`,"market.traded":`For {day} members traded {kwh} at {price} on average.`,"market.no_trade":`For {day} nothing was traded.`,"market.not_cleared":`The auction for {day} is not cleared yet.`,"market.cleared":`Cleared {time}, from the bids of {books} members.`,"market.day":`Delivery day`,"market.earlier":`Earlier day`,"market.later":`Later day`,"market.picture":`Price and energy by period`,"market.table":`Periods of {day}`,"market.empty":`No auction was cleared yet`,"market.empty_open":`The first result appears here when the open auction is cleared.`,"market.empty_hint":`Auctions open once there are prices for the next day. Meanwhile, take members in.`,"open.title":`The auction for {day} is open`,"open.gate":`It closes {time}, {ago}.`,"open.clearing":`It has closed and is being cleared.`,"open.books":`{books} of {members} members have bid.`,"open.close":`Clear it now …`,"close_gate.title":`Clear {day} now?`,"close_gate.now":`The auction closes at once instead of at {time}.`,"close_gate.books":`The bids of {books} of {members} members count; who has not bid cannot trade on this day.`,"close_gate.final":`The trades are binding and cannot be undone.`,"close_gate.verb":`Clear now`,"close_gate.done":`The auction for {day} is being cleared.`,"matrix.title":`Who sells to whom`,"matrix.measure":`Shown in`,"matrix.caption":`Energy or money by seller (row) and buyer (column), with sums`,"matrix.corner":`Seller \\ buyer`,"matrix.sold":`Sold`,"matrix.bought":`Bought`,"matrix.cell":`{seller} sells {kwh} to {buyer} for {money}`,"matrix.hint":`Sellers by row, buyers by column; the stronger the colour, the more. Fees are not in these amounts.`,"matrix.empty":`Nobody sold to anybody on this day.`,"members.lead":`{online} of {all} members are online.`,"members.none":`Nobody belongs to the community yet.`,"members.title":`All members`,"members.empty":`Take the first member in: it gets a pairing link for its Home Assistant.`,"members.enrol":`Take in a member`,"members.link":`Pairing link`,"members.manage":`Manage`,"members.manage_one":`Manage {member}`,"members.left":`Left`,"members.revoke":`Revoke`,"members.erase":`Erase`,"members.id":`Member`,"members.state":`State`,"members.seen":`Last heard`,"members.never":`never`,"members.person":`Person`,"members.balance":`Owes`,"members.retailer":`Retailer`,"members.tariff":`Tariff`,"members.connection":`Connection, kW`,"members.zone":`Zone`,"members.green":`Renewable`,"members.joined":`Since`,"state.online":`online`,"state.away":`away`,"state.invited":`has a link`,"state.unpaired":`not paired`,"state.paused":`paused`,"state.revoked":`revoked`,"enrol.title":`Take in a member`,"enrol.verb":`Take in`,"enrol.done":`{member} is a member now.`,"enrol.home":`The home`,"enrol.id":`Pseudonym`,"enrol.id_hint":`Small letters, digits, - and _; never a name. Other members see it.`,"enrol.connection":`Connection, W`,"enrol.connection_hint":`The most that the grid connection carries.`,"enrol.zone":`Zone of the grid (optional)`,"enrol.green":`Generates from renewable sources`,"enrol.tariff":`Retailer and tariff`,"enrol.retailer":`Retailer`,"enrol.tariff_choice":`Tariff`,"enrol.tariff_known":`A known one`,"enrol.tariff_new":`A new one`,"enrol.tariff_file":`From a file`,"enrol.tariff_name":`Name of the tariff`,"enrol.tariff_name_taken":`There is a tariff of this name. Choose it, or give the new one another name.`,"enrol.valid_from":`Valid from`,"enrol.price":`Price with tax, {unit}`,"enrol.other_price":`Other price, {unit}`,"enrol.other_from":`from`,"enrol.other_until":`until`,"enrol.feed_in":`Paid for feed-in, {unit}`,"enrol.vat":`Tax rate in the price, %`,"enrol.avoided":`Spared, % of the price`,"enrol.tariff_hint":`The other price, if there is one, holds between its two times, over midnight too. Spared is what energy from the community does not pay. Tariffs with more parts or seasons come from a file.`,"enrol.file":`Tariff file`,"enrol.file_hint":`JSON, as the operator's manual describes it.`,"enrol.file_wrong":`This is not a tariff file.`,"enrol.person":`The person (optional)`,"enrol.person_hint":`Sealed apart from the books; it can be erased for good.`,"enrol.name":`Name`,"enrol.contact":`Contact`,"enrol.metering_point":`Metering point`,"link.title":`Pairing link for {member}`,"link.how":`In the member's Home Assistant: Settings, Devices & services, Add integration, CARAVELS; then paste this link.`,"link.code":`The pairing link as a QR code`,"link.text":`Pairing link`,"link.copy":`Copy`,"link.copied":`Copied`,"link.left":`Good for {time}`,"link.over":`This link has expired.`,"link.again":`Make a new link`,"link.once":`It works once. An earlier link of this member that was not used is void.`,"revoke.title":`Revoke the access of {member}?`,"revoke.access":`Its home loses its connection at once and can bid no more.`,"revoke.trades":`Trades up to the last cleared day stay binding and are settled.`,"revoke.final":`This is for good: the home can come back only under another pseudonym.`,"revoke.verb":`Revoke`,"revoke.done":`The access of {member} has ended.`,"erase.title":`Erase who {member} is?`,"erase.data":`Name, contact and metering point are destroyed.`,"erase.books":`The books stay, under the pseudonym alone.`,"erase.backups":`This cannot be undone. Backups made before still hold the data.`,"erase.verb":`Erase`,"erase.done":`Nobody can tell any more who {member} is.`,"error.addresses_missing":`Homes cannot be invited yet: set the option member_addresses to the addresses at which they reach this operator, then restart it.`,"error.connection_wrong":`The connection needs a power from 1 to 1,000,000 W.`,"error.day_not_confirmed":`The day was not confirmed. Nothing was changed.`,"error.day_not_open":`There is no auction for this day.`,"error.early_gate_off":`Gates close at their time. The option early_gate lets you close them before.`,"error.foreign_page":`This did not come from the operator's own page. Load the page again.`,"error.gate_has_closed":`The auction of this day was cleared already.`,"error.home_assistant_away":`Home Assistant cannot be asked who you are. Try again when it has started.`,"error.internal":`Something went wrong at the operator. Its log says what.`,"error.login_later":`There were too many wrong passwords. Wait 15 minutes.`,"error.login_needed":`Your session has ended. Log in again.`,"error.login_wrong":`Name or password is wrong. A new password is set by the command: caravels login`,"error.malformed":`The page and the operator do not understand each other. Load the page again.`,"error.member_known":`A member has this pseudonym already. Choose another one.`,"error.member_revoked":`This member was sent away for good. Take the home in under another pseudonym.`,"error.member_unknown":`No member has this pseudonym.`,"error.model_refused":`This file cannot be used as a model.`,"error.model_unknown":`No such version of this model was published.`,"error.model_version_used":`This version of the model was published before with another content. Give the file a new version.`,"error.not_an_administrator":`Only administrators of this Home Assistant operate the community. Ask one of them.`,"error.not_found":`There is nothing here by that name.`,"error.page":`This page has a fault of its own. Load it again; if that does not help, tell its makers.`,"error.person_wrong":`Name, contact and metering point need at most 200 characters in one line each.`,"error.pseudonym_wrong":`A pseudonym is of small letters, digits, - and _, at most 32, and begins with a letter or digit.`,"error.read_only":`Nothing can be stored at the moment. Make room on the disk; it goes on by itself.`,"error.retailer_wrong":`The retailer needs a name of at most 64 characters in one line.`,"error.tariff_unknown":`No tariff has this name. Choose a known one or enter a new one.`,"error.tariff_wrong":`This tariff cannot be used: every part needs a price on every day, and prices of days that have passed must stay.`,"error.too_large":`This is too much at once.`,"error.unreachable":`The operator cannot be reached. What you see may be old.`,"error.wrong_peer":`This page is not open to the place from which you ask. The option panel_peers says to whom it is.`,"error.zone_wrong":`A zone needs a name of at most 64 characters in one line.`},it={"page.community":`Comunidade`,"page.members":`Membros`,"page.market":`Mercado`,"page.pages":`Páginas`,"page.skip":`Ir para o conteúdo`,"page.language":`Língua`,"page.loading":`A carregar …`,"page.retry":`Tentar de novo`,"live.live":`Em direto`,"live.connecting":`A ligar …`,"live.away":`Sem ligação – a religar`,"word.yes":`sim`,"word.no":`não`,"day.today":`Hoje`,"day.tomorrow":`Amanhã`,"table.export":`CSV`,"table.export_of":`Exportar como CSV: {table}`,"table.actions":`Ações`,"dialog.close":`Fechar`,"dialog.cancel":`Cancelar`,"dialog.busy":`Um momento …`,"login.lead":`Inicie sessão para operar a comunidade.`,"login.name":`Nome`,"login.password":`Palavra-passe`,"login.verb":`Iniciar sessão`,"login.leave":`Terminar sessão`,"balance.balanced":`A comunidade está equilibrada agora, a menos de {kwh};`,"balance.short":`A comunidade consome agora {kwh} por hora da rede;`,"balance.long":`A comunidade injeta agora {kwh} por hora na rede;`,"balance.unknown":`Ainda nenhum contador enviou leituras;`,"balance.source":`Segundo os contadores das {hour}, enviados por {sent} de {all} membros.`,"tomorrow.none":`os preços de amanhã ainda não saíram.`,"tomorrow.open":`o leilão de amanhã está aberto até às {time}.`,"tomorrow.unwanted":`para amanhã ninguém quer comprar.`,"tomorrow.cleared":`amanhã cobre {percent} do que os membros querem comprar.`,"tile.now":`Balanço agora`,"tile.from_grid":`consumidos da rede, em saldo`,"tile.to_grid":`injetados na rede, em saldo`,"tile.online":`Membros ligados`,"tile.of":`de {all}`,"tile.online_note":`casas com ligação aberta`,"tile.today":`Transacionado para hoje`,"tile.tomorrow":`Transacionado para amanhã`,"tile.bids":`leilão aberto, propostas até agora: {books}`,"tile.no_prices":`os preços ainda não saíram`,"tile.no_trade":`nada foi transacionado`,"tile.mean":`a {price} em média`,"tile.traded":`Transacionado`,"tile.parties":`{sellers} vendedores, {buyers} compradores`,"tile.value":`Valor`,"tile.wanted":`Procurado`,"tile.covered":`{percent} comprado a membros`,"tile.offered":`Oferecido`,"tile.sold":`{percent} vendido a membros`,"hours.picture":`Últimas 24 horas segundo os contadores`,"hours.chart":`Energia da rede e para a rede, últimas 24 horas. Leia com as teclas de setas.`,"hours.axis":`Energia, kWh`,"hours.export":`Injetado na rede`,"hours.import":`Consumido da rede`,"hours.net":`Balanço`,"hours.title":`Contadores por hora`,"hours.hour":`Hora desde`,"hours.import_kwh":`Consumido, kWh`,"hours.export_kwh":`Injetado, kWh`,"hours.net_kwh":`Balanço, kWh`,"hours.members":`Membros ouvidos`,"hours.empty":`Ainda não há leituras. Chegam poucos minutos depois de a primeira casa entrar.`,"failed.lead":`Algo ainda não pôde ser feito. Volta a ser tentado automaticamente.`,"failed.title":`Por fazer`,"failed.step":`O quê`,"failed.key":`De`,"failed.why":`Porquê`,"failed.attempts":`Tentativas`,"failed.again":`Nova tentativa`,"step.prices":`Obter preços`,"step.prices_again":`Obter preços mais uma vez`,"step.forecasts":`Prever o dia`,"step.hour_ahead":`Prever as próximas horas`,"step.gate":`Fechar o leilão`,"step.settle":`Liquidar`,"step.restate":`Liquidar de novo`,"step.month":`Fechar o mês`,"step.prune":`Arrumar`,"expected.of":`Previsto para {day}`,"expected.choose":`Dia da previsão`,"expected.chart":`Previsão para {day}: o que a comunidade vai consumir e produzir, por hora. Leia com as teclas de setas.`,"expected.none":`Ainda nada está previsto para este dia. As previsões saem um quarto de hora depois dos preços.`,"expected.title":`Previsto por hora`,"expected.table":`Em tabela`,"expected.axis":`Energia, kWh`,"expected.flexibility_axis":`Flexibilidade, kWh`,"expected.consumption":`Consumo`,"expected.generation":`Produção`,"expected.band":`quatro vezes em cinco`,"expected.reduction":`Pode poupar-se`,"expected.shifting":`Pode deslocar-se`,"expected.rests":`Casas que dizem o que preveem: {reported}; previstas aqui pelos seus contadores: {estimated}; de que nada se sabe: {unknown}.`,"expected.issued":`Previsão feita {ago}.`,"expected.not_judged":`A qualidade das previsões vê-se depois dos primeiros dias.`,"expected.off":`{what}, últimos {days} dias: erro médio de {kwh} por hora, para uma média de {mean}.`,"expected.better_last_week":`{share} melhor do que a mesma hora da semana anterior.`,"expected.worse_last_week":`{share} pior do que a mesma hora da semana anterior.`,"expected.better_mean_7":`{share} melhor do que a média de sete dias.`,"expected.worse_mean_7":`{share} pior do que a média de sete dias.`,"expected.covered":`{share} das horas ficaram dentro da faixa.`,"expected.consumption_kwh":`Consumo, kWh`,"expected.generation_kwh":`Produção, kWh`,"expected.from_kwh":`de, kWh`,"expected.to_kwh":`até, kWh`,"expected.reduction_kwh":`Pode poupar-se, kWh`,"expected.shifting_kwh":`Pode deslocar-se, kWh`,"auction.of":`Leilão para {day}`,"auction.choose":`Dia do leilão`,"auction.chart":`Leilão para {day}: preço e energia por período. Leia com as teclas de setas.`,"auction.none":`Ainda não há preços para este dia. Saem na véspera, ao meio-dia ou pouco depois.`,"auction.period":`Período`,"auction.price":`Preço da comunidade`,"auction.market_price":`Preço de mercado`,"auction.traded":`Transacionado`,"auction.wanted":`Procurado`,"auction.offered":`Oferecido`,"auction.price_axis":`Preço, {unit}`,"auction.energy_axis":`Energia, kWh`,"auction.traded_kwh":`Transacionado, kWh`,"auction.wanted_kwh":`Procurado, kWh`,"auction.offered_kwh":`Oferecido, kWh`,"auction.price_column":`Preço da comunidade, {unit}`,"auction.market_price_column":`Preço de mercado, {unit}`,"market.traded":`Para {day} os membros transacionaram {kwh} a {price} em média.`,"market.no_trade":`Para {day} nada foi transacionado.`,"market.not_cleared":`O leilão para {day} ainda não fechou.`,"market.cleared":`Fechado em {time}, com as propostas de {books} membros.`,"market.day":`Dia de entrega`,"market.earlier":`Dia anterior`,"market.later":`Dia seguinte`,"market.picture":`Preço e energia por período`,"market.table":`Períodos de {day}`,"market.empty":`Ainda nenhum leilão fechou`,"market.empty_open":`O primeiro resultado aparece aqui quando o leilão aberto fechar.`,"market.empty_hint":`Os leilões abrem quando há preços para o dia seguinte. Entretanto, admita membros.`,"open.title":`O leilão para {day} está aberto`,"open.gate":`Fecha em {time}, {ago}.`,"open.clearing":`Está a ser apurado.`,"open.books":`{books} de {members} membros fizeram propostas.`,"open.close":`Fechar agora …`,"close_gate.title":`Fechar o leilão de {day} agora?`,"close_gate.now":`O leilão fecha de imediato em vez de às {time}.`,"close_gate.books":`Contam as propostas de {books} de {members} membros; quem não fez propostas não transaciona nesse dia.`,"close_gate.final":`As transações são vinculativas e não podem ser anuladas.`,"close_gate.verb":`Fechar agora`,"close_gate.done":`O leilão para {day} está a fechar.`,"matrix.title":`Quem vende a quem`,"matrix.measure":`Mostrar em`,"matrix.caption":`Energia ou dinheiro por vendedor (linha) e comprador (coluna), com somas`,"matrix.corner":`Vendedor \\ comprador`,"matrix.sold":`Vendido`,"matrix.bought":`Comprado`,"matrix.cell":`{seller} vende {kwh} a {buyer} por {money}`,"matrix.hint":`Vendedores por linha, compradores por coluna; quanto mais forte a cor, maior o valor. As taxas não estão incluídas.`,"matrix.empty":`Ninguém vendeu a ninguém neste dia.`,"members.lead":`{online} de {all} membros estão ligados.`,"members.none":`Ainda ninguém pertence à comunidade.`,"members.title":`Todos os membros`,"members.empty":`Admita o primeiro membro: recebe uma ligação para emparelhar o seu Home Assistant.`,"members.enrol":`Admitir um membro`,"members.link":`Ligação de emparelhamento`,"members.manage":`Gerir`,"members.manage_one":`Gerir {member}`,"members.left":`Saiu`,"members.revoke":`Revogar`,"members.erase":`Apagar`,"members.id":`Membro`,"members.state":`Estado`,"members.seen":`Último contacto`,"members.never":`nunca`,"members.person":`Pessoa`,"members.balance":`Deve`,"members.retailer":`Comercializador`,"members.tariff":`Tarifa`,"members.connection":`Potência, kW`,"members.zone":`Zona`,"members.green":`Renovável`,"members.joined":`Desde`,"state.online":`ligado`,"state.away":`ausente`,"state.invited":`tem ligação`,"state.unpaired":`por emparelhar`,"state.paused":`em pausa`,"state.revoked":`revogado`,"enrol.title":`Admitir um membro`,"enrol.verb":`Admitir`,"enrol.done":`{member} é agora membro.`,"enrol.home":`A casa`,"enrol.id":`Pseudónimo`,"enrol.id_hint":`Letras minúsculas, algarismos, - e _; nunca um nome. Os outros membros veem-no.`,"enrol.connection":`Potência da ligação, W`,"enrol.connection_hint":`O máximo que a ligação à rede suporta.`,"enrol.zone":`Zona da rede (opcional)`,"enrol.green":`Produz de fontes renováveis`,"enrol.tariff":`Comercializador e tarifa`,"enrol.retailer":`Comercializador`,"enrol.tariff_choice":`Tarifa`,"enrol.tariff_known":`Uma já conhecida`,"enrol.tariff_new":`Uma nova`,"enrol.tariff_file":`De um ficheiro`,"enrol.tariff_name":`Nome da tarifa`,"enrol.tariff_name_taken":`Já existe uma tarifa com este nome. Escolha-a, ou dê outro nome à nova.`,"enrol.valid_from":`Válida desde`,"enrol.price":`Preço com imposto, {unit}`,"enrol.other_price":`Outro preço, {unit}`,"enrol.other_from":`das`,"enrol.other_until":`às`,"enrol.feed_in":`Pago pela injeção, {unit}`,"enrol.vat":`Taxa de imposto no preço, %`,"enrol.avoided":`Poupado, % do preço`,"enrol.tariff_hint":`O outro preço, se houver, vale entre as suas duas horas, também passando a meia-noite. Poupado é o que a energia da comunidade não paga. Tarifas com mais partes ou épocas vêm de um ficheiro.`,"enrol.file":`Ficheiro da tarifa`,"enrol.file_hint":`JSON, como o manual do operador o descreve.`,"enrol.file_wrong":`Isto não é um ficheiro de tarifa.`,"enrol.person":`A pessoa (opcional)`,"enrol.person_hint":`Selada à parte dos livros; pode ser apagada para sempre.`,"enrol.name":`Nome`,"enrol.contact":`Contacto`,"enrol.metering_point":`Ponto de entrega (CPE)`,"link.title":`Ligação de emparelhamento para {member}`,"link.how":`No Home Assistant do membro: Definições, Dispositivos e serviços, Adicionar integração, CARAVELS; depois cole esta ligação.`,"link.code":`A ligação de emparelhamento como código QR`,"link.text":`Ligação de emparelhamento`,"link.copy":`Copiar`,"link.copied":`Copiada`,"link.left":`Válida por {time}`,"link.over":`Esta ligação expirou.`,"link.again":`Criar outra ligação`,"link.once":`Serve uma vez. Uma ligação anterior deste membro que não foi usada deixa de valer.`,"revoke.title":`Revogar o acesso de {member}?`,"revoke.access":`A casa perde a ligação de imediato e não pode fazer mais propostas.`,"revoke.trades":`As transações até ao último dia fechado continuam vinculativas e são liquidadas.`,"revoke.final":`É definitivo: a casa só pode voltar com outro pseudónimo.`,"revoke.verb":`Revogar`,"revoke.done":`O acesso de {member} terminou.`,"erase.title":`Apagar quem é {member}?`,"erase.data":`Nome, contacto e ponto de entrega são destruídos.`,"erase.books":`Os livros ficam, só com o pseudónimo.`,"erase.backups":`Não pode ser desfeito. Cópias de segurança anteriores ainda têm os dados.`,"erase.verb":`Apagar`,"erase.done":`Já ninguém pode saber quem é {member}.`,"error.addresses_missing":`Ainda não se podem convidar casas: indique na opção member_addresses os endereços em que alcançam este operador e reinicie-o.`,"error.connection_wrong":`A ligação precisa de uma potência de 1 a 1 000 000 W.`,"error.day_not_confirmed":`O dia não foi confirmado. Nada foi alterado.`,"error.day_not_open":`Não há leilão para este dia.`,"error.early_gate_off":`Os leilões fecham à sua hora. A opção early_gate permite fechá-los antes.`,"error.foreign_page":`Isto não veio da página do operador. Carregue a página de novo.`,"error.gate_has_closed":`O leilão deste dia já fechou.`,"error.home_assistant_away":`Não é possível perguntar ao Home Assistant quem é. Tente de novo quando tiver arrancado.`,"error.internal":`Algo correu mal no operador. O registo diz o quê.`,"error.login_later":`Houve demasiadas palavras-passe erradas. Espere 15 minutos.`,"error.login_needed":`A sua sessão terminou. Inicie sessão de novo.`,"error.login_wrong":`Nome ou palavra-passe errados. Uma nova define-se com o comando: caravels login`,"error.malformed":`A página e o operador não se entendem. Carregue a página de novo.`,"error.member_known":`Um membro já tem este pseudónimo. Escolha outro.`,"error.member_revoked":`Este membro saiu definitivamente. Admita a casa com outro pseudónimo.`,"error.member_unknown":`Nenhum membro tem este pseudónimo.`,"error.model_refused":`Este ficheiro não pode ser usado como modelo.`,"error.model_unknown":`Não foi publicada essa versão deste modelo.`,"error.model_version_used":`Esta versão do modelo já foi publicada com outro conteúdo. Dê ao ficheiro uma nova versão.`,"error.not_an_administrator":`Só administradores deste Home Assistant operam a comunidade. Fale com um deles.`,"error.not_found":`Não há aqui nada com esse nome.`,"error.page":`Esta página tem um defeito. Carregue-a de novo; se não ajudar, avise quem a fez.`,"error.person_wrong":`Nome, contacto e ponto de entrega: no máximo 200 caracteres numa linha cada.`,"error.pseudonym_wrong":`Um pseudónimo tem letras minúsculas, algarismos, - e _, no máximo 32, e começa por letra ou algarismo.`,"error.read_only":`De momento nada pode ser guardado. Liberte espaço no disco; continua automaticamente.`,"error.retailer_wrong":`O comercializador precisa de um nome de no máximo 64 caracteres numa linha.`,"error.tariff_unknown":`Nenhuma tarifa tem este nome. Escolha uma conhecida ou introduza uma nova.`,"error.tariff_wrong":`Esta tarifa não pode ser usada: cada parte precisa de um preço em cada dia, e os preços de dias passados têm de ficar.`,"error.too_large":`Isto é demasiado de uma vez.`,"error.unreachable":`Não se consegue alcançar o operador. O que vê pode ser antigo.`,"error.wrong_peer":`Esta página não está aberta ao lugar de onde pergunta. A opção panel_peers diz a quem está.`,"error.zone_wrong":`Uma zona precisa de um nome de no máximo 64 caracteres numa linha.`},at=[{id:`en`,name:`English`,locale:`en-GB`},{id:`pt`,name:`Português`,locale:`pt-PT`}],ot={en:rt,pt:it};function st(e){let t=ot[e];return(e,...[n])=>ct(t[e],n)}function ct(e,t){return t===void 0?e:e.replace(/\{(\w+)\}/g,(e,n)=>String(t[n]))}function lt(e){return Object.hasOwn(rt,e)}function ut(e){for(let t of e){let e=at.find(({id:e})=>t.toLowerCase().split(`-`)[0]===e);if(e)return e.id}return`en`}function dt(e,t){let n=at.find(({id:t})=>t===e)?.locale??`en-GB`;return t.find(t=>t.toLowerCase().startsWith(`${e}-`))??n}var ft=1e3,pt=3e4,mt=6e4,ht=class{constructor(e,t=Math.random){this.open=e,this.jitter=t,this.state=`connecting`,this.socket=null,this.wait=ft,this.seen=!1,this.listeners=new Set,this.watchers=new Set,this.clocks=new Set}start(){if(this.socket)return;clearTimeout(this.timer);let e=this.open();this.socket=e,e.onmessage=t=>{e===this.socket&&this.receive(e,t.data)},e.onclose=()=>this.lost(e),this.listen(e)}stop(){clearTimeout(this.timer),clearTimeout(this.silence);let e=this.socket;this.socket=null,e?.close()}hurry(){this.state===`away`&&this.start()}onChange(e){return this.listeners.add(e),()=>this.listeners.delete(e)}onState(e){return this.watchers.add(e),()=>this.watchers.delete(e)}onNow(e){this.clocks.add(e)}receive(e,t){this.listen(e);let n=JSON.parse(t);if(`now`in n)for(let e of this.clocks)e(n.now);n.type===`hello`?(this.wait=ft,this.change(`live`),this.seen&&this.tell(`all`),this.seen=!0):n.type===`changed`&&this.tell(new Set(n.topics))}listen(e){clearTimeout(this.silence),this.silence=setTimeout(()=>{this.lost(e),e.close()},mt)}lost(e){e===this.socket&&(this.socket=null,clearTimeout(this.silence),this.change(`away`,!0),this.timer=setTimeout(()=>this.start(),this.wait*(.5+this.jitter()/2)),this.wait=Math.min(this.wait*2,pt))}tell(e){for(let t of[...this.listeners])t(e)}change(e,t=!1){if(e!==this.state||t){this.state=e;for(let e of[...this.watchers])e()}}},gt=`caravels.language`,_t=class{constructor(e,t=Je){this.wanted=e,this.skewS=0,this.watchers=new Set,this.language=vt()??ut(e),this.t=st(this.language),this.format=this.formats(),this.stream=new ht(t),this.stream.onState(()=>this.changed()),this.stream.onNow(e=>this.synchronise(e))}setLanguage(e){this.language=e,this.t=st(e),this.format=this.formats(),localStorage.setItem(gt,e),this.changed()}setSession(e){this.session=e,this.format=this.formats(),this.changed()}now(){return Date.now()/1e3-this.skewS}synchronise(e){this.skewS=Date.now()/1e3-e}sentenceOf(e){if(!(e instanceof M))return this.t(`error.page`);let t=`error.${e.code}`;return lt(t)?this.t(t):e.sentence}onChange(e){return this.watchers.add(e),()=>this.watchers.delete(e)}formats(){return new $e(dt(this.language,this.wanted),this.session?.currency??`EUR`,this.session?.time_zone??`UTC`)}changed(){document.documentElement.lang=this.language;for(let e of[...this.watchers])e()}};function vt(){let e=localStorage.getItem(gt);return e===`en`||e===`pt`?e:void 0}var I=new _t(navigator.languages),yt=o`
  :host {
    display: block;
  }
  :host([hidden]),
  [hidden] {
    display: none !important;
  }
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  h1,
  h2,
  h3,
  p,
  dl,
  dd,
  figure,
  fieldset {
    margin: 0;
    padding: 0;
    border: 0;
  }
  h1 {
    font-size: var(--size-title);
    font-weight: 650;
    line-height: 1.3;
    letter-spacing: -0.01em;
    text-wrap: balance;
  }
  h2 {
    font-size: var(--size-large);
    font-weight: 600;
    line-height: 1.35;
  }
  a {
    color: var(--accent);
  }
  :focus-visible {
    outline: 2px solid var(--accent);
    outline-offset: 2px;
  }
  .soft {
    color: var(--text-soft);
  }
  .small {
    font-size: var(--size-small);
  }
  .figures {
    font-variant-numeric: tabular-nums;
  }
  .hidden-text {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  .card {
    background: var(--surface);
    border: 1px solid var(--line);
    border-radius: var(--radius);
    box-shadow: var(--shadow);
    padding: var(--space-5);
  }
  .badge {
    display: inline-flex;
    align-items: center;
    gap: 6px;
    padding: 1px var(--space-2);
    border-radius: 999px;
    font-size: var(--size-small);
    font-weight: 550;
    white-space: nowrap;
    color: var(--text-soft);
    background: var(--surface-sunken);
  }
  .badge.good {
    color: var(--good);
    background: var(--good-soft);
  }
  .badge.warn {
    color: var(--warn);
    background: var(--warn-soft);
  }
  .badge.bad {
    color: var(--bad);
    background: var(--bad-soft);
  }
  .dot {
    width: 8px;
    height: 8px;
    border-radius: 50%;
    background: currentcolor;
    flex: none;
  }
  @media (max-width: 720px) {
    h1 {
      font-size: 1.25rem;
    }
    .card {
      padding: var(--space-4);
    }
  }
  @media (prefers-reduced-motion: reduce) {
    *,
    *::before,
    *::after {
      animation: none !important;
      transition: none !important;
    }
  }
`,bt=o`
  button,
  .button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: var(--space-2);
    min-height: 38px;
    padding: 0 var(--space-4);
    font: inherit;
    font-weight: 550;
    color: var(--text);
    background: var(--surface);
    border: 1px solid var(--line-strong);
    border-radius: var(--radius-small);
    cursor: pointer;
    transition: background 0.12s;
    white-space: nowrap;
  }
  button:hover {
    background: var(--surface-sunken);
  }
  button:disabled {
    opacity: 0.55;
    cursor: default;
  }
  button.primary {
    color: var(--accent-text);
    background: var(--accent);
    border-color: var(--accent);
  }
  button.primary:hover:not(:disabled) {
    background: color-mix(in oklab, var(--accent), var(--text) 14%);
  }
  button.danger {
    color: #fff;
    background: var(--bad-strong);
    border-color: var(--bad-strong);
  }
  button.danger:hover:not(:disabled) {
    background: color-mix(in oklab, var(--bad-strong), #000 14%);
  }
  button.quiet {
    border-color: transparent;
    background: transparent;
    color: var(--accent);
    padding: 0 var(--space-2);
  }
  button.quiet:hover:not(:disabled) {
    background: var(--accent-soft);
  }
  button.quiet.bad {
    color: var(--bad);
  }
  button.quiet.bad:hover:not(:disabled) {
    background: var(--bad-soft);
  }
  .segments {
    display: inline-flex;
    border: 1px solid var(--line-strong);
    border-radius: var(--radius-small);
    overflow: clip;
    overflow-clip-margin: 6px;
  }
  .segments button {
    border: 0;
    border-radius: 0;
    min-height: 34px;
    padding: 0 var(--space-3);
    color: var(--text-soft);
  }
  .segments button + button {
    border-left: 1px solid var(--line);
  }
  .segments button[aria-pressed="true"] {
    color: var(--accent);
    background: var(--accent-soft);
  }
  label {
    display: grid;
    gap: var(--space-1);
    font-weight: 550;
  }
  label .hint,
  .hint {
    font-weight: 400;
    font-size: var(--size-small);
    color: var(--text-soft);
  }
  input,
  select {
    font: inherit;
    font-weight: 400;
    color: var(--text);
    background: var(--surface);
    border: 1px solid var(--line-strong);
    border-radius: var(--radius-small);
    min-height: 38px;
    padding: 0 var(--space-3);
    width: 100%;
    min-width: 0;
  }
  input[type="checkbox"] {
    width: 18px;
    height: 18px;
    min-height: 0;
    accent-color: var(--accent);
    margin: 0;
    flex: none;
  }
  input[type="file"] {
    padding: 6px var(--space-2);
  }
  input:user-invalid,
  select:user-invalid {
    border-color: var(--bad);
  }
  label.check {
    display: flex;
    align-items: center;
    gap: var(--space-2);
    min-height: 38px;
    font-weight: 400;
  }
  @media (pointer: coarse) {
    button,
    input,
    select {
      min-height: var(--target);
    }
  }
`,L=class extends O{static{this.styles=[yt,bt]}connectedCallback(){super.connectedCallback(),this.unsubscribe=I.onChange(()=>this.requestUpdate())}disconnectedCallback(){super.disconnectedCallback(),this.unsubscribe?.()}get t(){return I.t}get format(){return I.format}announce(e){this.dispatchEvent(new CustomEvent(`announce`,{detail:e,bubbles:!0,composed:!0}))}},xt={community:S`<path d="M3 11.5 12 4l9 7.500V20a1 1 0 0 1-1 1h-5v-6H9v6H4a1 1 0 0 1-1-1z" />`,members:S`<circle cx="9" cy="8" r="3.5" /><path d="M2.5 20c0-3.6 2.9-6 6.5-6s6.5 2.4 6.5 6" /><path d="M16 4.800a3.5 3.5 0 0 1 0 6.400M18.5 14.600c1.9.9 3 2.8 3 5.4" />`,market:S`<path d="M4 20V10M9.3 20V4M14.7 20v-8M20 20V7" />`,leave:S`<path d="M14 4H6a1 1 0 0 0-1 1v14a1 1 0 0 0 1 1h8M10 12h11M17.5 8.5 21 12l-3.5 3.5" />`,download:S`<path d="M12 4v11M7.5 11 12 15.5 16.5 11M5 20h14" />`,close:S`<path d="m6 6 12 12M18 6 6 18" />`,warning:S`<path d="M12 4 2.8 20h18.400zM12 10v4.500M12 17.200v.3" />`,copy:S`<rect x="9" y="9" width="11" height="11" rx="2" /><path d="M15 9V6a2 2 0 0 0-2-2H6a2 2 0 0 0-2 2v7a2 2 0 0 0 2 2h3" />`,check:S`<path d="m5 12.5 4.5 4.500L19 7.5" />`,previous:S`<path d="m14.5 6-6 6 6 6" />`,next:S`<path d="m9.5 6 6 6-6 6" />`,link:S`<path d="M10 14a4 4 0 0 0 5.7 0l3.1-3.100a4 4 0 0 0-5.7-5.700L12 6.300M14 10a4 4 0 0 0-5.7 0l-3.1 3.100a4 4 0 0 0 5.7 5.700l1.1-1.1" />`,add:S`<path d="M12 5v14M5 12h14" />`};function R(e,t=20){return x`<svg
    aria-hidden="true"
    width=${t}
    height=${t}
    viewBox="0 0 24 24"
    fill="none"
    stroke="currentColor"
    stroke-width="1.75"
    stroke-linecap="round"
    stroke-linejoin="round"
  >
    ${xt[e]}
  </svg>`}function St(e,t){let{value:n,problem:r}=e;return x`
    ${r===void 0?w:z(r,()=>void e.reload())}
    ${n?t(n):r===void 0?Ct():w}
  `}function z(e,t){let{t:n}=I;return x`<div class="note bad" role="alert">
    ${R(`warning`)}
    <p>${I.sentenceOf(e)}</p>
    ${t?x`<button @click=${t}>${n(`page.retry`)}</button>`:w}
  </div>`}function Ct(){return x`<div class="skeleton" role="status">
    <span class="hidden-text">${I.t(`page.loading`)}</span>
    <div class="bone title"></div>
    <div class="bone tiles"></div>
    <div class="bone picture"></div>
  </div>`}var B=o`
  :host {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: var(--space-5);
  }
  .lead {
    flex: 1 1 420px;
    display: grid;
    gap: var(--space-1);
  }
  .lead .figure {
    color: var(--accent);
    white-space: nowrap;
  }
  .bar {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: space-between;
    gap: var(--space-3) var(--space-4);
  }
  .row {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--space-2);
  }
  .tiles {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 190px), 1fr));
    gap: var(--space-4);
  }
  .tile {
    padding: var(--space-4);
    display: grid;
    align-content: start;
    gap: 2px;
  }
  .tile dt {
    font-size: var(--size-small);
    color: var(--text-soft);
  }
  .tile .value {
    font-size: var(--size-figure);
    font-weight: 600;
    line-height: 1.25;
    letter-spacing: -0.015em;
    font-variant-numeric: tabular-nums;
  }
  .tile .unit {
    font-size: var(--size);
    font-weight: 500;
    color: var(--text-soft);
    letter-spacing: 0;
  }
  .pictures {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr));
    gap: var(--space-5);
  }
  .card > .bar:first-child {
    min-height: 36px;
    margin-bottom: var(--space-3);
  }
  .card > .note {
    margin-bottom: var(--space-4);
  }
  .note {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--space-3);
    padding: var(--space-3) var(--space-4);
    border-radius: var(--radius);
    border: 1px solid var(--line);
    background: var(--surface);
  }
  .note p {
    flex: 1 1 200px;
  }
  .note.bad {
    color: var(--bad);
    background: var(--bad-soft);
    border-color: transparent;
  }
  .note.warn {
    color: var(--warn);
    background: var(--warn-soft);
    border-color: transparent;
  }
  .nothing {
    display: grid;
    justify-items: center;
    gap: var(--space-3);
    padding: var(--space-7) var(--space-4);
    text-align: center;
    color: var(--text-soft);
  }
  .nothing h2 {
    color: var(--text);
  }
  .skeleton {
    display: grid;
    gap: var(--space-5);
  }
  .bone {
    border-radius: var(--radius);
    background: linear-gradient(100deg, var(--surface-sunken) 40%, var(--line) 50%, var(--surface-sunken) 60%) 0 / 300%
      100%;
    animation: shimmer 1.6s linear infinite;
  }
  .bone.title {
    height: 32px;
    max-width: 560px;
  }
  .bone.tiles {
    height: 104px;
  }
  .bone.picture {
    height: max(320px, 80vh); /* what stands below the page is out of sight before and after */
  }
  @keyframes shimmer {
    from {
      background-position: 100% 0;
    }
    to {
      background-position: 0 0;
    }
  }
  @media (max-width: 720px) {
    .tiles {
      grid-template-columns: repeat(2, minmax(0, 1fr));
      gap: var(--space-3);
    }
    .tile {
      padding: var(--space-3);
    }
    .tile .value {
      font-size: 1.25rem;
    }
  }
`,wt=new URL(`panel.svg`,import.meta.url).href,Tt=.05,Et=.9;function Dt(e){let t=Math.max(0,...e.map(({members:e})=>e)),n=e.findLastIndex(({members:e})=>e>=Et*t);return e.slice(0,n+1)}function Ot(e){let t=Dt(e).at(-1);if(!t)return;let n=t.import_wh-t.export_wh;return{state:Math.abs(n)<=Tt*Math.max(t.import_wh,t.export_wh)?`balanced`:n>0?`short`:`long`,net_wh:n,hour:t}}function kt(e){return e.wanted_wh?Math.round(e.traded_wh*1e3/e.wanted_wh):void 0}var At=o`
  .legend {
    display: flex;
    flex-wrap: wrap;
    gap: var(--space-1) 10px;
    margin-bottom: var(--space-2);
    font-size: var(--size-small);
    color: var(--text-soft);
  }
  .legend span {
    display: inline-flex;
    align-items: center;
    gap: 5px;
  }
  .place {
    position: relative;
    border-radius: var(--radius-small);
    touch-action: pan-y;
  }
  svg {
    display: block;
    overflow: visible;
  }
  text {
    font-size: 12px;
    fill: var(--text-soft);
    font-variant-numeric: tabular-nums;
  }
  .tick {
    text-anchor: end;
  }
  .hour {
    text-anchor: middle;
  }
  .title {
    font-weight: 550;
  }
  .grid {
    stroke: var(--line);
    shape-rendering: crispedges;
  }
  .zero {
    stroke: var(--line-strong);
    shape-rendering: crispedges;
  }
  .accent {
    --tone: var(--accent);
  }
  .sun {
    --tone: var(--sun);
  }
  .load {
    --tone: var(--load);
  }
  .soft {
    --tone: color-mix(in oklab, var(--accent) 28%, var(--surface));
  }
  .bar {
    fill: var(--tone);
  }
  .band {
    fill: var(--tone);
    opacity: 0.18;
  }
  .line {
    fill: none;
    stroke: var(--tone);
    stroke-width: 2;
    stroke-linejoin: round;
  }
  .dashed {
    stroke-width: 1.5;
    stroke-dasharray: 4 3;
  }
  .cursor {
    fill: var(--text);
    opacity: 0.07;
  }
  .tip {
    position: absolute;
    top: 0;
    width: ${240}px;
    pointer-events: none;
    padding: var(--space-2) var(--space-3);
    font-size: var(--size-small);
    background: var(--surface-raised);
    border: 1px solid var(--line);
    border-radius: var(--radius-small);
    box-shadow: var(--shadow-raised);
    font-variant-numeric: tabular-nums;
    z-index: 2;
  }
  .tip div {
    display: flex;
    justify-content: space-between;
    gap: var(--space-2);
  }
  .tip dd {
    white-space: nowrap;
  }
  .tip dt {
    color: var(--text-soft);
  }
  .tip b {
    font-weight: 600;
  }
`,V=(e,t)=>e.left+e.width*t/e.count;function jt(e,t,n,r){return t+n*(1-(r-e.low)/(e.high-e.low))}function Mt(e){return e.series.flatMap(({values:e,band:t})=>[...e,...t?[...t.low,...t.high]:[]]).filter(e=>e!==null)}function Nt(e,t,n){let r=``,i=!1;return e.forEach((e,a)=>{e!==null&&(r+=`${i?`V`:`M${H(t(a))} `}${H(n(e))}H${H(t(a+1))}`),i=e!==null}),r}function Pt(e,t,n,r){let i=``,a=[],o=()=>{let[o]=a;if(o===void 0)return;let s=a.map(e=>`V${H(r(t[e]??0))}H${H(n(e+1))}`).join(``),c=a.toReversed().map(t=>`V${H(r(e[t]??0))}H${H(n(t))}`).join(``);i+=`M${H(n(o))} ${H(r(e[o]??0))}${s}${c}Z`,a=[]};return e.forEach((e,n)=>{e===null||(t[n]??null)===null?o():a.push(n)}),o(),i}function Ft(e,t,n){let r=Math.max(1,Math.floor(t/n));return[1,2,3,4,6,8,12,24,48].find(t=>e/t<=r)??e}var H=e=>Math.round(e*10)/10;function It(e,t=4){let n=Math.min(0,...e),r=Math.max(0,...e)-n||1,i=Lt(r/t),a=Math.floor(n/i+1e-9),o=Math.ceil((n+r)/i-1e-9),s=Array.from({length:o-a+1},(e,t)=>(a+t)*i);return{low:a*i,high:o*i,ticks:s}}function Lt(e){let t=10**Math.floor(Math.log10(e)),n=e/t;return t*(n<Math.SQRT2?1:n<Math.sqrt(10)?2:n<Math.sqrt(50)?5:10)}function U(e,t,n,r){var i=arguments.length,a=i<3?t:r===null?r=Object.getOwnPropertyDescriptor(t,n):r,o;if(typeof Reflect==`object`&&typeof Reflect.decorate==`function`)a=Reflect.decorate(e,t,n,r);else for(var s=e.length-1;s>=0;s--)(o=e[s])&&(a=(i<3?o(a):i>3?o(t,n,a):o(t,n))||a);return i>3&&a&&Object.defineProperty(t,n,a),a}var Rt=48,zt=4,Bt=24,Vt=46,W=class extends L{constructor(...e){super(...e),this.label=``,this.names=[],this.marks=[],this.panels=[],this.width=0,this.observer=new ResizeObserver(([e])=>this.width=Math.floor(e?.contentRect.width??0))}static{this.styles=[...[L.styles].flat(),At]}connectedCallback(){super.connectedCallback(),this.observer.observe(this)}disconnectedCallback(){super.disconnectedCallback(),this.observer.disconnect()}get frame(){return{left:Rt,width:Math.max(0,this.width-Rt-zt),count:this.names.length}}get height(){return this.panels.reduce((e,t)=>e+30+t.height+16,Bt-16+6)}render(){let e=this.at===void 0?void 0:Math.min(this.at,this.names.length-1);return x`
      <div class="legend" aria-hidden="true">
        ${this.panels.flatMap(e=>e.series).map(e=>x`<span>${Ht(e)}${e.label}</span>`)}
      </div>
      <div
        class="place"
        role="slider"
        tabindex="0"
        aria-label=${this.label}
        aria-valuemin="0"
        aria-valuemax=${Math.max(0,this.names.length-1)}
        aria-valuenow=${e??0}
        aria-valuetext=${this.words(e??0)}
        @pointermove=${this.point}
        @pointerdown=${this.point}
        @pointerleave=${()=>this.at=void 0}
        @keydown=${this.press}
        @focus=${this.focused}
        @blur=${()=>this.at=void 0}
      >
        <svg width="100%" height=${this.height} aria-hidden="true">${this.width>0?this.picture(e):w}</svg>
        ${e===void 0?w:this.tip(e)}
      </div>
    `}picture(e){let t=30,n=this.panels.map(e=>{let n=this.panel(e,t);return t+=e.height+16+30,n}),r=t-16-30,{frame:i}=this,a=Ft(i.count,i.width,Vt);return S`${n}${this.marks.map((e,t)=>t%a===0?S`<text class="hour" x=${H(V(i,t)+(a===1?i.width/i.count/2:0))} y=${r+18}>${e}</text>`:w)}${e===void 0?w:S`<rect class="cursor" x=${H(V(i,e))} y=${30} width=${H(i.width/i.count)} height=${r-30} />`}`}panel(e,t){let{frame:n}=this,r=It(Mt(e),e.height>120?4:3),i=n=>jt(r,t,e.height,n),a=r.ticks.map(t=>S`
        <line class=${t===0?`zero`:`grid`} x1=${n.left} x2=${n.left+n.width} y1=${H(i(t))} y2=${H(i(t))} />
        <text class="tick" x=${n.left-8} y=${H(i(t))+4}>${e.tick(t)}</text>`),o=e.series.filter(({kind:e})=>e===`bar`),s=e.series.filter(({kind:e})=>e===`line`),c=e=>V(n,e);return S`
      <text class="title" x="0" y=${t-15}>${e.title}</text>
      ${a}
      ${s.map(({band:e,tone:t})=>e?S`<path class="band ${t}" d=${Pt(e.low,e.high,c,i)} />`:w)}
      ${o.map((e,t)=>this.bars(e,o.length>1?t:0,i))}
      ${s.map(e=>S`<path class="line ${e.tone} ${e.dashed?`dashed`:``}"
          d=${Nt(e.values,c,i)} />`)}`}bars(e,t,n){let r=this.frame.width/this.frame.count,i=e.values.some(e=>e!==null&&e<0),a=Math.max(1,r*(t===0||i?.78:.78-.16*t));return e.values.map((t,i)=>{if(!t)return w;let o=Math.min(n(t),n(0));return S`<rect class="bar ${e.tone}" x=${H(V(this.frame,i)+(r-a)/2)} y=${H(o)}
        width=${H(a)} height=${H(Math.max(1,Math.abs(n(t)-n(0))))} rx=${Math.min(2,a/4)} />`})}tip(e){let t=V(this.frame,e+.5),n=t+16+240>this.width?t-16-240:t+16;return x`<dl class="tip" aria-hidden="true" .style=${`left: ${H(Math.max(0,Math.min(n,this.width-240)))}px`}>
      <b>${this.names[e]}</b>
      ${this.told(e).map(([e,t])=>x`<div>
            <dt>${e}</dt>
            <dd>${t}</dd>
          </div>`)}
    </dl>`}told(e){return this.panels.flatMap(e=>e.series).flatMap(({label:t,values:n,band:r,words:i})=>{let a=n[e]??null,o=r?.low[e]??null,s=r?.high[e]??null,c=[t,a===null?`–`:i(a)];return r&&o!==null&&s!==null?[c,[r.words,`${i(o)} – ${i(s)}`]]:[c]})}words(e){let t=this.told(e).map(([e,t])=>`${e} ${t}`);return[this.names[e]??``,...t].join(`, `)}point(e){let{left:t}=this.getBoundingClientRect(),{frame:n}=this,r=Math.floor((e.clientX-t-n.left)*n.count/n.width);this.at=r>=0&&r<n.count?r:void 0}focused(e){e.target.matches(`:focus-visible`)&&(this.at??=0)}press(e){let t=this.names.length-1,n=this.at??0,r={ArrowLeft:n-1,ArrowRight:n+1,Home:0,End:t}[e.key];e.key===`Escape`&&(this.at=void 0),r!==void 0&&(e.preventDefault(),this.at=Math.max(0,Math.min(r,t)))}};U([A()],W.prototype,`label`,void 0),U([A({attribute:!1})],W.prototype,`names`,void 0),U([A({attribute:!1})],W.prototype,`marks`,void 0),U([A({attribute:!1})],W.prototype,`panels`,void 0),U([j()],W.prototype,`width`,void 0),U([j()],W.prototype,`at`,void 0),W=U([k(`period-chart`)],W);function Ht(e){return e.kind===`bar`?x`<svg width="12" height="12"><rect class="bar ${e.tone}" width="12" height="12" rx="3" /></svg>`:x`<svg width="18" height="12">
        <path class="line ${e.tone} ${e.dashed?`dashed`:``}" d="M1 6H17" />
      </svg>`}var Ut=/^[=+\-@\t\r]/;function Wt(e,t){return[e,...t].map(e=>e.map(Gt).join(`,`)).join(`\r
`)+`\r
`}function Gt(e){if(typeof e!=`string`)return e===null?``:String(e);let t=Ut.test(e)?`'${e}`:e;return/[",\r\n]/.test(t)?`"${t.replaceAll(`"`,`""`)}"`:t}function G(e){return e===null?null:new Date(e*1e3).toISOString().replace(`.000Z`,`Z`)}function Kt(e,t){let n=URL.createObjectURL(new Blob([`﻿`,t],{type:`text/csv;charset=utf-8`})),r=document.createElement(`a`);r.href=n,r.download=e,r.click(),setTimeout(()=>URL.revokeObjectURL(n))}var K=class extends L{constructor(...e){super(...e),this.caption=``,this.file=`table`,this.empty=``,this.columns=[],this.rows=[],this.sortKey=``,this.descending=!1}static{this.styles=[...[L.styles].flat(),o`
      .head {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        justify-content: space-between;
        gap: var(--space-2) var(--space-4);
        margin-bottom: var(--space-3);
      }
      .frame {
        position: relative; /* else its hidden texts would widen the page */
        overflow-x: auto;
        margin: 0 calc(-1 * var(--space-5));
        padding: 0 var(--space-5);
      }
      table {
        width: 100%;
        border-collapse: collapse;
        font-variant-numeric: tabular-nums;
      }
      th,
      td {
        padding: var(--space-2) var(--space-3);
        text-align: left;
        white-space: nowrap;
        border-bottom: 1px solid var(--line);
      }
      tbody tr:last-child > * {
        border-bottom: 0;
      }
      tbody tr:hover > * {
        background: var(--surface-sunken);
      }
      th:first-child,
      td:first-child {
        padding-left: 0;
      }
      th:last-child,
      td:last-child {
        padding-right: 0;
      }
      thead th {
        padding-top: 0;
        padding-bottom: 0;
        font-size: var(--size-small);
        color: var(--text-soft);
      }
      tbody th {
        font-weight: 600;
      }
      .numeric {
        text-align: right;
      }
      .sort {
        min-height: 36px;
        padding: 0;
        border: 0;
        background: none;
        font-weight: 550;
        color: inherit;
      }
      .numeric .sort {
        flex-direction: row-reverse;
      }
      .sort:hover {
        color: var(--text);
        background: none;
      }
      .arrow {
        width: 10px;
        visibility: hidden;
      }
      [aria-sort] .arrow {
        visibility: visible;
      }
      .empty {
        padding: var(--space-5) 0;
        color: var(--text-soft);
      }
      td.acts {
        padding-top: 2px;
        padding-bottom: 2px;
        position: sticky;
        right: calc(-1 * var(--space-5));
        text-align: right;
        background: var(--surface);
      }
      @media (max-width: 720px) {
        .acts {
          right: calc(-1 * var(--space-4));
        }
        .frame {
          margin: 0 calc(-1 * var(--space-4));
          padding: 0 var(--space-4);
        }
        tbody th {
          position: sticky;
          left: calc(-1 * var(--space-4));
          background: var(--surface);
        }
      }
    `]}get shown(){return this.columns.filter(e=>`cell`in e)}render(){return x`
      <div class="head">
        <h2 id="caption">${this.caption}</h2>
        <button
          class="quiet"
          aria-label=${this.t(`table.export_of`,{table:this.caption})}
          ?disabled=${this.rows.length===0}
          @click=${this.export}
        >
          ${R(`download`,18)} ${this.t(`table.export`)}
        </button>
      </div>
      ${this.rows.length===0?x`<p class="empty">${this.empty}</p>`:x`<div class="frame" role="region" aria-labelledby="caption" tabindex="0">
              <table>
                <caption class="hidden-text">
                  ${this.caption}
                </caption>
                <thead>
                  <tr>
                    ${this.shown.map(e=>this.heading(e))}
                    ${this.actions?x`<td class="acts"><span class="hidden-text">${this.t(`table.actions`)}</span></td>`:w}
                  </tr>
                </thead>
                <tbody>
                  ${this.sorted().map(e=>this.line(e))}
                </tbody>
              </table>
            </div>`}
    `}heading(e){let t=e.key===this.sortKey;return x`<th
      scope="col"
      class=${e.numeric?`numeric`:``}
      aria-sort=${t?this.descending?`descending`:`ascending`:w}
    >
      <button class="sort" @click=${()=>this.sortBy(e.key)}>
        ${e.label}<span class="arrow" aria-hidden="true">${t&&this.descending?`↓`:`↑`}</span>
      </button>
    </th>`}line(e){return x`<tr>
      ${this.shown.map(t=>t.header?x`<th scope="row">${t.cell(e)}</th>`:x`<td class=${t.numeric?`numeric`:``}>${t.cell(e)}</td>`)}
      ${this.actions?x`<td class="acts">${this.actions(e)}</td>`:w}
    </tr>`}sortBy(e){this.descending=e===this.sortKey&&!this.descending,this.sortKey=e}sorted(){let e=this.shown.find(({key:e})=>e===this.sortKey);if(!e)return this.rows;let t=e.order??e.value,n=this.descending?-1:1;return this.rows.toSorted((e,r)=>n*qt(t(e),t(r)))}export(){let e=this.columns.map(({key:e})=>e),t=this.sorted().map(e=>this.columns.map(t=>t.value(e)));Kt(`${this.file}.csv`,Wt(e,t))}};U([A()],K.prototype,`caption`,void 0),U([A()],K.prototype,`file`,void 0),U([A()],K.prototype,`empty`,void 0),U([A({attribute:!1})],K.prototype,`columns`,void 0),U([A({attribute:!1})],K.prototype,`rows`,void 0),U([A({attribute:!1})],K.prototype,`actions`,void 0),U([j()],K.prototype,`sortKey`,void 0),U([j()],K.prototype,`descending`,void 0),K=U([k(`data-table`)],K);function qt(e,t){return e===null||t===null?Number(e===null)-Number(t===null):typeof e==`string`&&typeof t==`string`?e.localeCompare(t,void 0,{numeric:!0}):Number(e)-Number(t)}var Jt=class{constructor(e,t,n){this.host=e,this.load=t,this.topics=n,this.loading=!1,this.stopped=new AbortController,e.addController(this)}hostConnected(){this.unsubscribe=I.stream.onChange(e=>{(e===`all`||this.topics.some(t=>e.has(t)))&&this.reload()}),this.reload()}hostDisconnected(){this.unsubscribe?.(),this.stopped.abort()}async reload(){this.stopped.abort();let{signal:e}=this.stopped=new AbortController;this.loading=!0,this.host.requestUpdate();try{let t=await this.load(e);if(e.aborted)return;`now`in t&&typeof t.now==`number`&&I.synchronise(t.now),this.value=t,this.problem=void 0}catch(t){if(e.aborted)return;this.problem=t,Yt(t)&&I.session&&I.setSession({...I.session,known:!1})}this.loading=!1,this.host.requestUpdate()}};function Yt(e){return e instanceof M&&e.code===`login_needed`}function Xt(e,t,n){return`${e.time(t)}–${e.time(t+n)}`}function Zt(e,t,n){return t.map(({start:t})=>Xt(e,t,n))}function Qt(e,t){return t.map(({start:t})=>e.time(t))}var $t=110,en=140,tn=296;function nn(e){let{t,format:n}=I,{periods:r,period_s:i}=e;return x`<period-chart
    .label=${t(`auction.chart`,{day:n.day(e.day)})}
    .names=${Zt(n,r,i)}
    .marks=${Qt(n,r)}
    .panels=${e.state===`cleared`?[rn(e,$t),an(e)]:[rn(e,tn)]}
  ></period-chart>`}function rn({periods:e,state:t},n){let{t:r,format:i}=I,a=e=>i.priceWithUnit(e),o={label:r(`auction.market_price`),kind:`line`,tone:`load`,dashed:!0,values:e.map(e=>e.market_price_micro_kwh),words:a},s={label:r(`auction.price`),kind:`line`,tone:`accent`,values:e.map(e=>e.price_micro_kwh),words:a};return{title:r(`auction.price_axis`,{unit:i.priceUnit}),height:n,series:t===`cleared`?[o,s]:[o],tick:e=>i.price(e,2)}}function an({periods:e}){let{t,format:n}=I,r=e=>n.kwh(e,2),i={label:t(`auction.traded`),kind:`bar`,tone:`accent`,values:e.map(({wh:e})=>e),words:r},a={label:t(`auction.wanted`),kind:`bar`,tone:`soft`,values:e.map(({wanted_wh:e})=>e),words:r},o={label:t(`auction.offered`),kind:`line`,tone:`sun`,values:e.map(({offered_wh:e})=>e),words:r};return{title:t(`auction.energy_axis`),height:en,series:[a,i,o],tick:e=>n.number(e/1e3,e%1e3?1:0)}}var on=3600,sn=170,cn=70,ln=o`
  .words {
    display: grid;
    gap: var(--space-1);
    margin: var(--space-3) 0;
    max-width: 84ch;
  }
  details > summary {
    width: fit-content;
    min-height: 36px;
    display: flex;
    align-items: center;
    font-size: var(--size-small);
    color: var(--accent);
    cursor: pointer;
  }
  details[open] > summary {
    margin-bottom: var(--space-2);
  }
`;function un(e,t,n){return e.hours.filter(({start:e})=>nt(e,n)===t)}function dn(e,t){let{format:n}=I;return x`<period-chart
    .label=${t}
    .names=${Zt(n,e,on)}
    .marks=${Qt(n,e)}
    .panels=${fn(e)}
  ></period-chart>`}function fn(e){let{t,format:n}=I,r=e=>n.kwh(e,1),i=e=>n.number(e/1e3,e%1e3?1:0),a=(n,i)=>({label:t(`expected.${n}`),kind:`line`,tone:i,values:e.map(e=>e[`${n}_wh`]),band:{low:e.map(e=>e[`${n}_p10_wh`]),high:e.map(e=>e[`${n}_p90_wh`]),words:t(`expected.band`)},words:r}),o={title:t(`expected.axis`),height:sn,series:[a(`consumption`,`load`),a(`generation`,`sun`)],tick:i},s={title:t(`expected.flexibility_axis`),height:cn,series:[{label:t(`expected.shifting`),kind:`bar`,tone:`soft`,values:e.map(({shifting_wh:e})=>e),words:r},{label:t(`expected.reduction`),kind:`bar`,tone:`accent`,values:e.map(({reduction_wh:e})=>e),words:r}],tick:i};return e.some(({reduction_wh:e,shifting_wh:t})=>e+t>0)?[o,s]:[o]}function pn({now:e},t){let{t:n,format:r}=I,{reported:i,estimated:a,unknown:o}=t;return x`<div class="small soft words">
    <p>
      ${n(`expected.rests`,{reported:i,estimated:a,unknown:o})}
      ${n(`expected.issued`,{ago:r.ago(t.issued_at,e)})}
    </p>
    ${mn(`consumption`,t.consumption)} ${mn(`generation`,t.generation)}
  </div>`}function mn(e,t){let{t:n,format:r}=I,i=n(`expected.${e}`);return t.days===0||t.mae_wh===null||t.mean_wh===null?e===`consumption`?x`<p>${n(`expected.not_judged`)}</p>`:w:x`<p>
    ${n(`expected.off`,{what:i,days:t.days,kwh:r.kwh(t.mae_wh,2),mean:r.kwh(t.mean_wh,2)})} ${hn(`last_week`,t.over_last_week_permille)} ${hn(`mean_7`,t.over_mean_7_days_permille)}
    ${t.coverage_permille===null?w:n(`expected.covered`,{share:r.percent(t.coverage_permille)})}
  </p>`}function hn(e,t){let{t:n,format:r}=I;if(t===null)return w;let i=r.percent(Math.abs(t));return n(`expected.${t>=0?`better`:`worse`}_${e}`,{share:i})}function gn(){let{t:e,format:t}=I,n=(e,n)=>({key:e,label:n,value:t=>t[e],cell:n=>t.number(n[e]/1e3,2),numeric:!0});return[{key:`start`,label:e(`hours.hour`),value:({start:e})=>G(e),cell:({start:e})=>t.moment(e),header:!0},n(`consumption_wh`,e(`expected.consumption_kwh`)),n(`consumption_p10_wh`,e(`expected.from_kwh`)),n(`consumption_p90_wh`,e(`expected.to_kwh`)),n(`generation_wh`,e(`expected.generation_kwh`)),n(`generation_p10_wh`,e(`expected.from_kwh`)),n(`generation_p90_wh`,e(`expected.to_kwh`)),n(`reduction_wh`,e(`expected.reduction_kwh`)),n(`shifting_wh`,e(`expected.shifting_kwh`))]}var _n=3600,vn=class extends L{constructor(...e){super(...e),this.community=new Jt(this,e=>F.community(e),[`community`])}static{this.styles=[...[L.styles].flat(),B,ln]}render(){return St(this.community,e=>this.content(e))}content(e){return x`
      ${this.lead(e)} ${e.failed.length?this.failed(e.failed):w}
      ${this.tiles(e)}
      <div class="pictures">${this.meters(Dt(e.hours))} ${this.auction(e)}</div>
      ${this.expected(e)}
      <section class="card">
        <data-table
          .caption=${this.t(`hours.title`)}
          .empty=${this.t(`hours.empty`)}
          file="meters"
          .columns=${this.hourColumns()}
          .rows=${e.hours.toReversed()}
        ></data-table>
      </section>
    `}lead(e){let t=Ot(e.hours),n=t&&Xt(this.format,t.hour.start,_n);return x`<header class="lead" aria-live="polite">
      <h1>${this.sentenceNow(e)} ${this.sentenceTomorrow(e.tomorrow)}</h1>
      <p class="soft">
        ${t&&n?this.t(`balance.source`,{hour:n,sent:t.hour.members,all:e.members_total}):w}
      </p>
    </header>`}sentenceNow({hours:e}){let t=Ot(e);if(!t)return this.t(`balance.unknown`);let n=x`<span class="figure figures">${this.format.kwh(Math.abs(t.net_wh))}</span>`;return yn(this.t(`balance.${t.state}`,{kwh:`
`}),n)}sentenceTomorrow(e){let{t,format:n}=this;if(e.state===`none`)return t(`tomorrow.none`);if(e.state===`open`)return t(`tomorrow.open`,{time:n.time(e.gate_at)});let r=kt(e);return r===void 0?t(`tomorrow.unwanted`):yn(t(`tomorrow.cleared`,{percent:`
`}),x`<span class="figure figures">${n.percent(r)}</span>`)}tiles({members_online:e,members_total:t,hours:n,today:r,tomorrow:i}){let{t:a,format:o}=this,s=Ot(n),c=(e,t,n,r)=>x`<div class="card tile">
        <dt>${e}</dt>
        <dd class="value">${t} <span class="unit">${n}</span></dd>
        <dd class="small soft">${r}</dd>
      </div>`,l=(e,t)=>t.state===`cleared`?c(e,o.number(t.traded_wh/1e3,1),`kWh`,this.meanPrice(t)):c(e,`–`,``,t.state===`open`?a(`tile.bids`,{books:t.books}):a(`tile.no_prices`));return x`<dl class="tiles">
      ${s?c(a(`tile.now`),o.number(Math.abs(s.net_wh)/1e3,1),`kWh`,a(s.net_wh>=0?`tile.from_grid`:`tile.to_grid`)):c(a(`tile.now`),`–`,``,a(`hours.empty`))}
      ${c(a(`tile.online`),`${e}`,a(`tile.of`,{all:t}),a(`tile.online_note`))}
      ${l(a(`tile.today`),r)} ${l(a(`tile.tomorrow`),i)}
    </dl>`}meanPrice(e){let t=e.mean_price_micro_kwh;return t===null?this.t(`tile.no_trade`):this.t(`tile.mean`,{price:this.format.priceWithUnit(t)})}meters(e){let{t,format:n}=this,r=e=>n.kwh(Math.abs(e),2),i={title:t(`hours.axis`),height:tn,series:[{label:t(`hours.export`),kind:`bar`,tone:`sun`,values:e.map(({export_wh:e})=>e),words:r},{label:t(`hours.import`),kind:`bar`,tone:`load`,values:e.map(({import_wh:e})=>-e),words:r},{label:t(`hours.net`),kind:`line`,tone:`accent`,values:e.map(({import_wh:e,export_wh:t})=>t-e),words:e=>n.kwh(e,2)}],tick:e=>n.number(e/1e3,Math.abs(e)%1e3?1:0)};return x`<section class="card" aria-labelledby="meters">
      <div class="bar"><h2 id="meters">${t(`hours.picture`)}</h2></div>
      ${e.length===0?x`<p class="nothing">${t(`hours.empty`)}</p>`:x`<period-chart
              .label=${t(`hours.chart`)}
              .names=${Zt(n,e,_n)}
              .marks=${Qt(n,e)}
              .panels=${[i]}
            ></period-chart>`}
    </section>`}auction({today:e,tomorrow:t}){let n=this.shown??(t.state===`none`?`today`:`tomorrow`),r=n===`today`?e:t;return x`<section class="card" aria-labelledby="auction">
      <div class="bar">
        <h2 id="auction">${this.t(`auction.of`,{day:this.format.dayShort(r.day)})}</h2>
        ${this.days(`auction.choose`,n,e=>this.shown=e)}
      </div>
      ${r.state===`none`?x`<p class="nothing">${this.t(`auction.none`)}</p>`:nn(r)}
    </section>`}expected(e){let{t,format:n}=this,{expected:r}=e,i=I.session?.market_zone??`UTC`,a=t=>r?un(r,e[t].day,i):[],o=this.expectedDay??(a(`tomorrow`).length>0?`tomorrow`:`today`),s=e[o].day,c=a(o);return x`<section class="card" aria-labelledby="expected">
      <div class="bar">
        <h2 id="expected">${t(`expected.of`,{day:n.dayShort(s)})}</h2>
        ${this.days(`expected.choose`,o,e=>this.expectedDay=e)}
      </div>
      ${r&&c.length>0?x`${dn(c,t(`expected.chart`,{day:n.day(s)}))}
              ${pn(e,r)}
              <details>
                <summary>${t(`expected.table`)}</summary>
                <data-table
                  .caption=${t(`expected.title`)}
                  file="expected"
                  .columns=${gn()}
                  .rows=${r.hours}
                ></data-table>
              </details>`:x`<p class="nothing">${t(`expected.none`)}</p>`}
    </section>`}days(e,t,n){return x`<div class="segments" role="group" aria-label=${this.t(e)}>
      ${[`today`,`tomorrow`].map(e=>x`<button
            aria-pressed=${e===t}
            @click=${()=>{n(e)}}
          >
            ${this.t(`day.${e}`)}
          </button>`)}
    </div>`}failed(e){let{t,format:n}=this,r=[{key:`step`,label:t(`failed.step`),value:({kind:e})=>e,cell:({kind:e})=>this.t(`step.${e}`),header:!0},{key:`key`,label:t(`failed.key`),value:({key:e})=>e,cell:({key:e})=>e},{key:`why`,label:t(`failed.why`),value:({why:e})=>e,cell:({why:e})=>e},{key:`attempts`,label:t(`failed.attempts`),value:({attempts:e})=>e,cell:({attempts:e})=>n.number(e),numeric:!0},{key:`again_at`,label:t(`failed.again`),value:({again_at:e})=>G(e),cell:({again_at:e})=>n.moment(e)}];return x`<section class="card">
      <div class="note warn">
        ${R(`warning`)}
        <p>${t(`failed.lead`)}</p>
      </div>
      <data-table .caption=${t(`failed.title`)} file="not-done" .columns=${r} .rows=${e}></data-table>
    </section>`}hourColumns(){let{t:e,format:t}=this,n=(e,n,r)=>({key:e,label:n,value:r,cell:e=>t.number(r(e)/1e3,2),numeric:!0});return[{key:`start`,label:e(`hours.hour`),value:({start:e})=>G(e),cell:({start:e})=>t.moment(e),header:!0},n(`import_wh`,e(`hours.import_kwh`),({import_wh:e})=>e),n(`export_wh`,e(`hours.export_kwh`),({export_wh:e})=>e),n(`net_wh`,e(`hours.net_kwh`),({import_wh:e,export_wh:t})=>t-e),{key:`members`,label:e(`hours.members`),value:({members:e})=>e,cell:({members:e})=>t.number(e),numeric:!0}]}};U([j()],vn.prototype,`shown`,void 0),U([j()],vn.prototype,`expectedDay`,void 0),vn=U([k(`community-page`)],vn);function yn(e,t){let[n,r]=e.split(`
`,2);return x`${n}${t}${r}`}var bn=1e3,xn=class extends L{static{this.styles=[...[L.styles].flat(),B]}connectedCallback(){super.connectedCallback(),this.ticking=setInterval(()=>this.requestUpdate(),bn)}disconnectedCallback(){super.disconnectedCallback(),clearInterval(this.ticking)}render(){let{t:e,format:t,day:n}=this,r=I.now();return x`<section class="note">
      ${R(`market`)}
      <p>
        <strong>${e(`open.title`,{day:t.day(n.day)})}</strong><br />
        <span class="soft figures">
          ${n.gate_at>r?e(`open.gate`,{time:t.moment(n.gate_at),ago:t.ago(n.gate_at,r)}):e(`open.clearing`)}
          ${e(`open.books`,{books:n.books,members:n.members})}
        </span>
      </p>
      ${I.session?.may_close_gate&&n.gate_at>r?x`<button @click=${()=>this.dispatchEvent(new CustomEvent(`closegate`))}>${e(`open.close`)}</button>`:w}
    </section>`}};U([A({attribute:!1})],xn.prototype,`day`,void 0),xn=U([k(`open-day-note`)],xn);function Sn({sellers:e,buyers:t,cells:n},r){let i=new Map(n.map(e=>[`${e.seller}\n${e.buyer}`,e])),a=e.map(e=>{let n=t.map(t=>i.get(`${e}\n${t}`));return{id:e,cells:n,total:Cn(n,r)}});return{columns:t.map((e,t)=>({id:e,total:Cn(a.map(e=>e.cells[t]),r)})),rows:a,total:Cn(n,r),most:Math.max(0,...n.map(e=>Math.abs(e[r])))}}function Cn(e,t){return e.reduce((e,n)=>e+(n?.[t]??0),0)}var wn=6,q=class extends L{constructor(...e){super(...e),this.day=``,this.measure=`wh`}static{this.styles=[...[L.styles].flat(),o`
      .bar {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        justify-content: space-between;
        gap: var(--space-2) var(--space-4);
        margin-bottom: var(--space-3);
      }
      .acts {
        display: flex;
        align-items: center;
        gap: var(--space-2);
      }
      .frame {
        position: relative; /* else its hidden texts would widen the page */
        overflow: auto;
        max-height: min(80vh, 900px);
      }
      table {
        width: 100%;
        border-collapse: separate;
        border-spacing: 2px;
        font-size: var(--size-small);
        font-variant-numeric: tabular-nums;
      }
      th,
      td {
        padding: 5px var(--space-2);
        text-align: right;
        white-space: nowrap;
        border-radius: 4px;
      }
      thead th,
      tbody th {
        position: sticky;
        background: var(--surface);
        font-weight: 550;
        color: var(--text-soft);
      }
      thead th {
        top: 0;
        z-index: 1;
      }
      tbody th {
        left: 0;
        text-align: left;
        color: var(--text);
      }
      thead th:first-child {
        left: 0;
        z-index: 2;
        text-align: left;
      }
      td {
        min-width: 52px;
        background: var(--surface-sunken);
      }
      td.sold {
        background: color-mix(in oklab, var(--accent) calc(var(--heat) * 1%), var(--surface-sunken));
      }
      .total {
        font-weight: 600;
        background: none;
      }
      .soft {
        margin-top: var(--space-3);
      }
    `]}render(){let{market:e}=this;return x`
      <div class="bar">
        <h2 id="caption">${this.t(`matrix.title`)}</h2>
        <div class="acts">
          <div class="segments" role="group" aria-label=${this.t(`matrix.measure`)}>
            ${[`wh`,`micro`].map(e=>x`<button aria-pressed=${this.measure===e} @click=${()=>this.measure=e}>
                  ${e===`wh`?`kWh`:this.format.currency}
                </button>`)}
          </div>
          <button
            class="quiet"
            aria-label=${this.t(`table.export_of`,{table:this.t(`matrix.title`)})}
            ?disabled=${!e?.cells.length}
            @click=${this.export}
          >
            ${R(`download`,18)} ${this.t(`table.export`)}
          </button>
        </div>
      </div>
      ${e?.cells.length?this.table(Sn(e,this.measure)):x`<p class="soft">${this.t(`matrix.empty`)}</p>`}
    `}table(e){return x`<div class="frame" role="region" aria-labelledby="caption" tabindex="0">
        <table>
          <caption class="hidden-text">
            ${this.t(`matrix.caption`)}
          </caption>
          <thead>
            <tr>
              <th scope="col">${this.t(`matrix.corner`)}</th>
              ${e.columns.map(({id:e})=>x`<th scope="col">${e}</th>`)}
              <th scope="col">${this.t(`matrix.sold`)}</th>
            </tr>
          </thead>
          <tbody>
            ${e.rows.map(t=>this.line(t,e.most))}
            <tr>
              <th scope="row">${this.t(`matrix.bought`)}</th>
              ${e.columns.map(({total:e})=>x`<td class="total">${this.amount(e)}</td>`)}
              <td class="total">${this.amount(e.total)}</td>
            </tr>
          </tbody>
        </table>
      </div>
      <p class="soft small">${this.t(`matrix.hint`)}</p>`}line(e,t){return x`<tr>
      <th scope="row">${e.id}</th>
      ${e.cells.map(e=>e?this.cell(e,t):x`<td></td>`)}
      <td class="total">${this.amount(e.total)}</td>
    </tr>`}cell(e,t){let n=t?Math.abs(e[this.measure])/t:0,r=this.t(`matrix.cell`,{seller:e.seller,buyer:e.buyer,kwh:this.format.kwh(e.wh,3),money:this.format.money(e.micro)});return x`<td
      class="sold"
      data-seller=${e.seller}
      data-buyer=${e.buyer}
      data-wh=${e.wh}
      data-micro=${e.micro}
      title=${r}
      .style=${`--heat: ${Math.round(wn+n*48)}`}
    >
      ${this.amount(e[this.measure])}
    </td>`}amount(e){return this.measure===`wh`?this.format.number(e/1e3,2):this.format.number(e/1e6,2)}export(){let e=(this.market?.cells??[]).map(({seller:e,buyer:t,wh:n,micro:r})=>[this.day,e,t,n,r]);Kt(`matrix-${this.day}.csv`,Wt([`day`,`seller`,`buyer`,`wh`,`micro`],e))}};U([A({attribute:!1})],q.prototype,`market`,void 0),U([A()],q.prototype,`day`,void 0),U([j()],q.prototype,`measure`,void 0),q=U([k(`trade-matrix`)],q);var Tn=class extends L{constructor(...e){super(...e),this.heading=``}static{this.styles=[...[L.styles].flat(),o`
      dialog {
        width: min(560px, calc(100vw - 2 * var(--space-4)));
        max-height: calc(100dvh - 2 * var(--space-4));
        padding: 0;
        color: var(--text);
        background: var(--surface-raised);
        border: 1px solid var(--line);
        border-radius: var(--radius);
        box-shadow: var(--shadow-raised);
      }
      dialog::backdrop {
        background: rgb(6 14 20 / 55%);
      }
      header {
        position: sticky;
        top: 0;
        display: flex;
        align-items: center;
        justify-content: space-between;
        gap: var(--space-4);
        padding: var(--space-4) var(--space-3) var(--space-3) var(--space-5);
        background: inherit;
        z-index: 1;
      }
      .body {
        padding: 0 var(--space-5) var(--space-5);
      }
      .close {
        padding: 0 var(--space-2);
        color: var(--text-soft);
      }
      @media (max-width: 720px) {
        header {
          padding-left: var(--space-4);
        }
        .body {
          padding: 0 var(--space-4) var(--space-4);
        }
      }
    `]}firstUpdated(){this.dialog.showModal()}render(){return x`<dialog aria-labelledby="heading" @close=${this.left}>
      <header>
        <h2 id="heading">${this.heading}</h2>
        <button
          class="quiet close"
          type="button"
          aria-label=${this.t(`dialog.close`)}
          @click=${()=>this.dialog.close()}
        >
          ${R(`close`)}
        </button>
      </header>
      <div class="body"><slot></slot></div>
    </dialog>`}left(){this.dispatchEvent(new CustomEvent(`close`))}};U([A()],Tn.prototype,`heading`,void 0),U([He(`dialog`)],Tn.prototype,`dialog`,void 0),Tn=U([k(`modal-dialog`)],Tn);var En=[B,o`
    :host {
      display: contents;
    }
    .body {
      display: grid;
      gap: var(--space-4);
    }
    ul {
      margin: 0;
      padding-left: 1.2em;
      display: grid;
      gap: var(--space-1);
    }
    .acts {
      display: flex;
      flex-wrap: wrap;
      justify-content: flex-end;
      gap: var(--space-2);
      margin-top: var(--space-2);
    }
    @media (max-width: 480px) {
      .acts button {
        flex: 1;
      }
    }
  `],J=class extends L{constructor(...e){super(...e),this.busy=!1,this.tone=`primary`}static{this.styles=[...[L.styles].flat(),...En]}render(){return x`<modal-dialog .heading=${this.heading()} @close=${this.leave}>
      <form class="body" @submit=${this.submit}>
        ${this.body()} ${this.problem===void 0?w:z(this.problem)}
        <div class="acts">
          <button type="button" @click=${this.leave}>${this.t(`dialog.cancel`)}</button>
          <button class=${this.tone} ?disabled=${this.busy}>${this.busy?this.t(`dialog.busy`):this.verb()}</button>
        </div>
      </form>
    </modal-dialog>`}leave(){this.dispatchEvent(new CustomEvent(`close`))}async submit(e){if(e.preventDefault(),!this.busy){this.busy=!0,this.problem=void 0;try{this.dispatchEvent(new CustomEvent(`done`,{detail:await this.act()})),this.leave()}catch(e){this.problem=e}finally{this.busy=!1}}}};U([j()],J.prototype,`busy`,void 0),U([j()],J.prototype,`problem`,void 0);var Dn=class extends J{heading(){return this.t(`close_gate.title`,{day:this.format.dayShort(this.day.day)})}body(){let{t:e,format:t,day:n}=this;return x`<ul>
      <li>${e(`close_gate.now`,{time:t.time(n.gate_at)})}</li>
      <li>${e(`close_gate.books`,{books:n.books,members:n.members})}</li>
      <li>${e(`close_gate.final`)}</li>
    </ul>`}verb(){return this.t(`close_gate.verb`)}async act(){let e=await F.closeGate(this.day.day);return this.announce(this.t(`close_gate.done`,{day:this.format.dayShort(e.day)})),e}};U([A({attribute:!1})],Dn.prototype,`day`,void 0),Dn=U([k(`close-gate-dialog`)],Dn);function On(e,t){let[n=``,r=``]=e.replace(/^#\/?/,``).split(`?`,2),i=t.includes(n)?n:t[0]??``;return{page:i,query:new Map(i===n?new URLSearchParams(r):[])}}function kn(e,t={}){let n=new URLSearchParams(t).toString();return`#/${e}${n?`?${n}`:``}`}var An=class extends L{constructor(...e){super(...e),this.market=new Jt(this,e=>F.market(this.place?.query.get(`day`),e),[`market`])}static{this.styles=[...[L.styles].flat(),B,o`
      .days select {
        width: auto;
      }
      .days button {
        padding: 0 var(--space-2);
      }
    `]}updated(e){let t=e.get(`place`);t&&t.query.get(`day`)!==this.place?.query.get(`day`)&&this.market.reload()}render(){return x`
      ${St(this.market,e=>this.content(e))}
      ${this.closing?x`<close-gate-dialog
              .day=${this.closing}
              @close=${()=>this.closing=void 0}
            ></close-gate-dialog>`:w}
    `}content(e){let{auction:t}=e;return x`
      ${e.open_days.map(e=>x`<open-day-note .day=${e} @closegate=${()=>this.closing=e}></open-day-note>`)}
      ${t?this.auction(e,t):this.empty(e)}
    `}auction(e,t){let{t:n,format:r}=this;return x`
      <div class="bar">${this.lead(t)} ${this.days(e.cleared_days,t.day)}</div>
      ${t.state===`cleared`?this.tiles(e,t):w}
      <section class="card" aria-labelledby="picture">
        <div class="bar"><h2 id="picture">${n(`market.picture`)}</h2></div>
        ${t.periods.length?nn(t):x`<p class="nothing">${n(`auction.none`)}</p>`}
      </section>
      <section class="card"><trade-matrix .market=${e} .day=${t.day}></trade-matrix></section>
      <section class="card">
        <data-table
          .caption=${n(`market.table`,{day:r.dayShort(t.day)})}
          .empty=${n(`auction.none`)}
          file="auction-${t.day}"
          .columns=${this.columns(t.period_s)}
          .rows=${t.periods}
        ></data-table>
      </section>
    `}lead(e){let{t,format:n}=this,r=n.day(e.day),i=e.mean_price_micro_kwh;return x`<header class="lead" aria-live="polite">
      <h1>${e.state===`cleared`?i===null?t(`market.no_trade`,{day:r}):t(`market.traded`,{day:r,kwh:n.kwh(e.traded_wh),price:n.priceWithUnit(i)}):t(`market.not_cleared`,{day:r})}</h1>
      ${e.cleared_at===null?w:x`<p class="soft">
              ${t(`market.cleared`,{time:n.moment(e.cleared_at),books:e.books})}
            </p>`}
    </header>`}days(e,t){let{t:n,format:r}=this,i=e.indexOf(t),a=i>0?e[i-1]:void 0,o=i>=0?e[i+1]:void 0,s=(e,t,n)=>x`<button aria-label=${t} ?disabled=${!e} @click=${()=>e&&this.go(e)}>${R(n)}</button>`;return x`<div class="row days">
      ${s(o,n(`market.earlier`),`previous`)}
      <select
        aria-label=${n(`market.day`)}
        @change=${e=>this.go(e.target.value)}
      >
        ${i<0?x`<option value=${t} selected>${r.dayShort(t)}</option>`:w}
        ${e.map(e=>x`<option value=${e} ?selected=${e===t}>${r.dayShort(e)}</option>`)}
      </select>
      ${s(a,n(`market.later`),`next`)}
    </div>`}go(e){location.hash=kn(`market`,{day:e})}tiles(e,t){let{t:n,format:r}=this,i=kt(t),a=(e,t,n,r)=>x`<div class="card tile">
        <dt>${e}</dt>
        <dd class="value">${t} <span class="unit">${n}</span></dd>
        <dd class="small soft">${r}</dd>
      </div>`,o=e=>e===null?`–`:r.number(e/1e3,1);return x`<dl class="tiles">
      ${a(n(`tile.traded`),o(t.traded_wh),`kWh`,n(`tile.parties`,{sellers:e.sellers.length,buyers:e.buyers.length}))}
      ${a(n(`tile.value`),r.money(t.traded_micro),``,this.meanPrice(t))}
      ${a(n(`tile.wanted`),o(t.wanted_wh),`kWh`,i===void 0?``:n(`tile.covered`,{percent:r.percent(i)}))}
      ${a(n(`tile.offered`),o(t.offered_wh),`kWh`,this.soldShare(t))}
    </dl>`}meanPrice({mean_price_micro_kwh:e}){return e===null?this.t(`tile.no_trade`):this.t(`tile.mean`,{price:this.format.priceWithUnit(e)})}soldShare({offered_wh:e,traded_wh:t}){return e?this.t(`tile.sold`,{percent:this.format.percent(t*1e3/e)}):``}empty(e){return x`<section class="card nothing">
      ${R(`market`,32)}
      <h2>${this.t(`market.empty`)}</h2>
      <p>${e.open_days.length?this.t(`market.empty_open`):this.t(`market.empty_hint`)}</p>
    </section>`}columns(e){let{t,format:n}=this,r=(e,t,n)=>({key:e,label:t,value:t=>t[e],cell:t=>t[e]===null?`–`:n(t[e]),numeric:!0}),i=e=>n.number(e/1e3,3),a=e=>n.price(e);return[{key:`start`,label:t(`auction.period`),value:({start:e})=>G(e),cell:({start:t})=>Xt(n,t,e),header:!0},r(`wh`,t(`auction.traded_kwh`),i),r(`price_micro_kwh`,t(`auction.price_column`,{unit:n.priceUnit}),a),r(`market_price_micro_kwh`,t(`auction.market_price_column`,{unit:n.priceUnit}),a),r(`wanted_wh`,t(`auction.wanted_kwh`),i),r(`offered_wh`,t(`auction.offered_kwh`),i)]}};U([A({attribute:!1})],An.prototype,`place`,void 0),U([j()],An.prototype,`closing`,void 0),An=U([k(`market-page`)],An);function jn({state:e,online:t,paired:n,link_until:r},i){return e===`active`?t?`online`:n?`away`:r!==null&&r>i?`invited`:`unpaired`:e}var Mn={away:`bad`,unpaired:`warn`,invited:`warn`,online:`good`,paused:``,revoked:``},Nn=Object.keys(Mn);function Pn(e){let t=jn(e,I.now());return x`<span class="badge ${Mn[t]}"><span class="dot"></span>${I.t(`state.${t}`)}</span>`}function Fn(e,t){let n=e.get(t);return typeof n==`string`?n:``}var In=1e6;function Ln(e){let t=Math.round(e.avoidedPercent*1e4),n=[...e.bands].sort((e,t)=>e.minute-t.minute).map(({minute:t,price:n})=>{let r=Rn(n),i=Math.round(r*e.vatPercent/(100+e.vatPercent));return{minute:t,vat:i,rest:r-i}}),r=t=>({bands:t,valid_from:e.validFrom,valid_until:null}),i=[{kind:`energy`,schedule:r(n.map(({minute:e,rest:t})=>[e,t])),avoided_ppm:t}];return e.vatPercent>0&&i.push({kind:`vat`,schedule:r(n.map(({minute:e,vat:t})=>[e,t])),avoided_ppm:t}),{name:e.name,parts:i,feed_in:[r([[0,Rn(e.feedIn)]])]}}var Rn=e=>Math.round(e*In);function zn(e,t){if(!t||t.from===t.until)return[{minute:0,price:e}];let n=[{minute:t.from,price:t.price},{minute:t.until,price:e}],r=t.from<t.until?e:t.price;return[...n.some(({minute:e})=>e===0)?[]:[{minute:0,price:r}],...n]}function Bn(e){try{let t=JSON.parse(e);return typeof t?.name==`string`&&Array.isArray(t.parts)&&Array.isArray(t.feed_in)?t:void 0}catch{return}}function Vn(e,t,n){let r=t=>Fn(e,t).trim();return{id:r(`id`),retailer:r(`retailer`),connection_w:Number(r(`connection_w`)),tariff:t===`known`?r(`tariff`):null,new_tariff:t===`known`?null:t===`file`?n??null:Hn(r),zone:r(`zone`),green:e.has(`green`),person:{name:r(`name`),contact:r(`contact`),metering_point:r(`metering_point`)}}}function Hn(e){let t=e(`other_price`),n={from:Un(e(`other_from`)),until:Un(e(`other_until`))};return Ln({name:e(`tariff_name`),validFrom:e(`valid_from`),bands:zn(Number(e(`price`)),t?{price:Number(t),...n}:void 0),vatPercent:Number(e(`vat`)),avoidedPercent:Number(e(`avoided`)),feedIn:Number(e(`feed_in`))})}function Un(e){let[t=0,n=0]=e.split(`:`).map(Number);return t*60+n}var Wn=class extends J{constructor(...e){super(...e),this.known={members:[],tariffs:[],retailers:[],zones:[]}}static{this.styles=[...J.styles,o`
      fieldset {
        display: grid;
        gap: var(--space-3);
        grid-template-columns: repeat(2, minmax(0, 1fr));
      }
      fieldset + fieldset {
        padding-top: var(--space-4);
        border-top: 1px solid var(--line);
      }
      legend {
        float: left; /* else it would stand in the fieldset's border */
        grid-column: 1 / -1;
        padding: 0;
        font-weight: 600;
      }
      .wide {
        grid-column: 1 / -1;
      }
      label,
      .field {
        display: grid;
        gap: var(--space-1);
        align-content: start;
      }
      .hours {
        flex-wrap: nowrap;
      }
      .hours label {
        flex: 1 1 0;
        min-width: 0;
      }
      .hours input {
        padding: 0 var(--space-1);
      }
      @media (max-width: 480px) {
        fieldset {
          grid-template-columns: minmax(0, 1fr);
        }
      }
    `]}get choice(){return this.chosen??(this.known.tariffs.length?`known`:`new`)}heading(){return this.t(`enrol.title`)}verb(){return this.t(`enrol.verb`)}body(){let{t:e}=this;return x`
      <fieldset>
        <legend>${e(`enrol.home`)}</legend>
        <div class="field">
          <label>
            ${e(`enrol.id`)}
            <input
              aria-describedby="id-hint"
              name="id"
              required
              pattern="[a-z0-9][a-z0-9_\\-]{0,31}"
              autocomplete="off"
              autocapitalize="none"
              spellcheck="false"
            />
          </label>
          <p class="hint" id="id-hint">${e(`enrol.id_hint`)}</p>
        </div>
        <div class="field">
          <label>
            ${e(`enrol.connection`)}
            <input
              aria-describedby="connection-hint"
              name="connection_w"
              type="number"
              required
              min="1"
              max="1000000"
              step="1"
              value="6900"
              inputmode="numeric"
            />
          </label>
          <p class="hint" id="connection-hint">${e(`enrol.connection_hint`)}</p>
        </div>
        <label>
          ${e(`enrol.zone`)}
          <input name="zone" maxlength="64" list="zones" autocomplete="off" />
          <datalist id="zones">${this.known.zones.map(e=>x`<option value=${e}></option>`)}</datalist>
        </label>
        <label class="check"><input type="checkbox" name="green" /> ${e(`enrol.green`)}</label>
      </fieldset>
      <fieldset>
        <legend>${e(`enrol.tariff`)}</legend>
        <label>
          ${e(`enrol.retailer`)}
          <input name="retailer" required maxlength="64" list="retailers" autocomplete="off" />
          <datalist id="retailers">
            ${this.known.retailers.map(e=>x`<option value=${e}></option>`)}
          </datalist>
        </label>
        <label>
          ${e(`enrol.tariff_choice`)}
          <select
            @change=${e=>this.chosen=e.target.value}
          >
            ${[`known`,`new`,`file`].map(t=>x`<option
                  value=${t}
                  ?selected=${t===this.choice}
                  ?disabled=${t===`known`&&!this.known.tariffs.length}
                >
                  ${e(`enrol.tariff_${t}`)}
                </option>`)}
          </select>
        </label>
        ${this.tariffFields()}
      </fieldset>
      <fieldset>
        <legend>${e(`enrol.person`)}</legend>
        <p class="hint wide">${e(`enrol.person_hint`)}</p>
        <label>${e(`enrol.name`)}<input name="name" maxlength="200" autocomplete="off" /></label>
        <label>${e(`enrol.contact`)}<input name="contact" maxlength="200" autocomplete="off" /></label>
        <label class="wide"
          >${e(`enrol.metering_point`)}<input name="metering_point" maxlength="200" autocomplete="off"
        /></label>
      </fieldset>
    `}tariffFields(){let{t:e}=this,t=this.format.priceUnit,n=(e,t,n)=>x`<label
        >${t}<input
          name=${e}
          type="number"
          ?required=${n}
          min="-100"
          max="100"
          step="0.000001"
          inputmode="decimal"
      /></label>`,r=(e,t,n)=>x`<label
        >${t}<input
          name=${e}
          type="number"
          required
          min="0"
          max="100"
          step="0.01"
          value=${n}
          inputmode="decimal"
      /></label>`;return this.choice===`known`?x`<label class="wide">
        ${e(`enrol.tariff_name`)}
        <select name="tariff" required>
          ${this.known.tariffs.map(e=>x`<option>${e}</option>`)}
        </select>
      </label>`:this.choice===`file`?x`<div class="field wide">
        <label>
          ${e(`enrol.file`)}
          <input
            aria-describedby="file-hint"
            type="file"
            required
            accept="application/json,.json"
            @change=${this.readFile}
          />
        </label>
        <p class="hint" id="file-hint">${e(`enrol.file_hint`)}</p>
      </div>`:x`
      <label
        >${e(`enrol.tariff_name`)}<input
          name="tariff_name"
          required
          maxlength="64"
          autocomplete="off"
          @input=${this.refuseKnownName}
      /></label>
      <label
        >${e(`enrol.valid_from`)}<input name="valid_from" type="date" required value=${this.firstOfYear()}
      /></label>
      ${n(`price`,e(`enrol.price`,{unit:t}),!0)} ${n(`feed_in`,e(`enrol.feed_in`,{unit:t}),!0)}
      ${n(`other_price`,e(`enrol.other_price`,{unit:t}),!1)}
      <div class="row hours">
        <label>${e(`enrol.other_from`)}<input name="other_from" type="time" value="08:00" /></label>
        <label>${e(`enrol.other_until`)}<input name="other_until" type="time" value="22:00" /></label>
      </div>
      ${r(`vat`,e(`enrol.vat`),23)} ${r(`avoided`,e(`enrol.avoided`),90)}
      <p class="hint wide">${e(`enrol.tariff_hint`)}</p>
    `}firstOfYear(){return`${nt(I.now(),this.format.zone).slice(0,4)}-01-01`}refuseKnownName(e){let t=e.target;t.setCustomValidity(this.known.tariffs.includes(t.value.trim())?this.t(`enrol.tariff_name_taken`):``)}async readFile(e){let t=e.target,n=await t.files?.[0]?.text();this.fileTariff=n===void 0?void 0:Bn(n),t.setCustomValidity(n!==void 0&&!this.fileTariff?this.t(`enrol.file_wrong`):``),t.reportValidity()}async act(){let e=this.renderRoot.querySelector(`form`);if(!e)throw Error(`the form is gone`);let t=await F.enrol(Vn(new FormData(e),this.choice,this.fileTariff));return this.announce(this.t(`enrol.done`,{member:t.id})),t}};U([A({attribute:!1})],Wn.prototype,`known`,void 0),U([j()],Wn.prototype,`chosen`,void 0),Wn=U([k(`enrol-dialog`)],Wn);var Y=(e=>(e[e.Border=-1]=`Border`,e[e.Data=0]=`Data`,e[e.Function=1]=`Function`,e[e.Position=2]=`Position`,e[e.Timing=3]=`Timing`,e[e.Alignment=4]=`Alignment`,e))(Y||{}),Gn=[0,1],Kn=[1,0],qn=[2,3],Jn=[3,2],Yn={L:Gn,M:Kn,Q:qn,H:Jn},Xn=/^\d*$/,Zn=/^[A-Z0-9 $%*+./:-]*$/,Qn=`0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:`,$n=1,er=40,tr=3,nr=3,rr=40,ir=10,ar=[[-1,7,10,15,20,26,18,20,24,30,18,20,24,26,30,22,24,28,30,28,28,28,28,30,30,26,28,30,30,30,30,30,30,30,30,30,30,30,30,30,30],[-1,10,16,26,18,24,16,18,22,22,26,30,22,22,24,24,28,28,26,26,26,26,28,28,28,28,28,28,28,28,28,28,28,28,28,28,28,28,28,28,28],[-1,13,22,18,26,18,24,18,22,20,24,28,26,24,20,30,24,28,28,26,30,28,30,30,30,30,28,30,30,30,30,30,30,30,30,30,30,30,30,30,30],[-1,17,28,22,16,22,28,26,26,24,28,24,28,22,24,24,30,28,28,26,28,30,24,30,30,30,30,30,30,30,30,30,30,30,30,30,30,30,30,30,30]],or=[[-1,1,1,1,1,1,2,2,2,2,4,4,4,4,4,6,6,6,6,7,8,8,9,9,10,12,12,12,13,14,15,16,17,18,19,19,20,21,22,24,25],[-1,1,1,1,2,2,4,4,4,5,5,5,8,9,9,10,10,11,13,14,16,17,17,18,20,21,23,25,26,28,29,31,33,35,37,38,40,43,45,47,49],[-1,1,1,2,2,4,4,6,6,8,8,8,10,12,16,12,17,16,18,21,20,23,23,25,27,29,34,34,35,38,40,43,45,48,51,53,56,59,62,65,68],[-1,1,1,2,4,4,4,5,6,8,8,11,11,16,16,18,16,19,21,25,25,25,34,30,32,35,37,40,42,45,48,51,54,57,60,63,66,70,74,77,81]],sr=class{constructor(e,t,n,r){if(this.version=e,this.ecc=t,e<$n||e>er)throw RangeError(`Version value out of range`);if(r<-1||r>7)throw RangeError(`Mask value out of range`);this.size=e*4+17;let i=Array.from({length:this.size}).fill(!1);for(let e=0;e<this.size;e++)this.modules.push(i.slice()),this.types.push(i.map(()=>0));this.drawFunctionPatterns();let a=this.addEccAndInterleave(n);if(this.drawCodewords(a),r===-1){let e=1e9;for(let t=0;t<8;t++){this.applyMask(t),this.drawFormatBits(t);let n=this.getPenaltyScore();n<e&&(r=t,e=n),this.applyMask(t)}}this.mask=r,this.applyMask(r),this.drawFormatBits(r)}size;mask;modules=[];types=[];getModule(e,t){return e>=0&&e<this.size&&t>=0&&t<this.size&&this.modules[t][e]}drawFunctionPatterns(){for(let e=0;e<this.size;e++)this.setFunctionModule(6,e,e%2==0,Y.Timing),this.setFunctionModule(e,6,e%2==0,Y.Timing);this.drawFinderPattern(3,3),this.drawFinderPattern(this.size-4,3),this.drawFinderPattern(3,this.size-4);let e=this.getAlignmentPatternPositions(),t=e.length;for(let n=0;n<t;n++)for(let r=0;r<t;r++)n===0&&r===0||n===0&&r===t-1||n===t-1&&r===0||this.drawAlignmentPattern(e[n],e[r]);this.drawFormatBits(0),this.drawVersion()}drawFormatBits(e){let t=this.ecc[1]<<3|e,n=t;for(let e=0;e<10;e++)n=n<<1^(n>>>9)*1335;let r=(t<<10|n)^21522;for(let e=0;e<=5;e++)this.setFunctionModule(8,e,Z(r,e));this.setFunctionModule(8,7,Z(r,6)),this.setFunctionModule(8,8,Z(r,7)),this.setFunctionModule(7,8,Z(r,8));for(let e=9;e<15;e++)this.setFunctionModule(14-e,8,Z(r,e));for(let e=0;e<8;e++)this.setFunctionModule(this.size-1-e,8,Z(r,e));for(let e=8;e<15;e++)this.setFunctionModule(8,this.size-15+e,Z(r,e));this.setFunctionModule(8,this.size-8,!0)}drawVersion(){if(this.version<7)return;let e=this.version;for(let t=0;t<12;t++)e=e<<1^(e>>>11)*7973;let t=this.version<<12|e;for(let e=0;e<18;e++){let n=Z(t,e),r=this.size-11+e%3,i=Math.floor(e/3);this.setFunctionModule(r,i,n),this.setFunctionModule(i,r,n)}}drawFinderPattern(e,t){for(let n=-4;n<=4;n++)for(let r=-4;r<=4;r++){let i=Math.max(Math.abs(r),Math.abs(n)),a=e+r,o=t+n;a>=0&&a<this.size&&o>=0&&o<this.size&&this.setFunctionModule(a,o,i!==2&&i!==4,Y.Position)}}drawAlignmentPattern(e,t){for(let n=-2;n<=2;n++)for(let r=-2;r<=2;r++)this.setFunctionModule(e+r,t+n,Math.max(Math.abs(r),Math.abs(n))!==1,Y.Alignment)}setFunctionModule(e,t,n,r=Y.Function){this.modules[t][e]=n,this.types[t][e]=r}addEccAndInterleave(e){let t=this.version,n=this.ecc;if(e.length!==Sr(t,n))throw RangeError(`Invalid argument`);let r=or[n[0]][t],i=ar[n[0]][t],a=Math.floor(xr(t)/8),o=r-a%r,s=Math.floor(a/r),c=[],l=Cr(i);for(let t=0,n=0;t<r;t++){let r=e.slice(n,n+s-i+(t<o?0:1));n+=r.length;let a=wr(r,l);t<o&&r.push(0),c.push(r.concat(a))}let u=[];for(let e=0;e<c[0].length;e++)c.forEach((t,n)=>{(e!==s-i||n>=o)&&u.push(t[e])});return u}drawCodewords(e){if(e.length!==Math.floor(xr(this.version)/8))throw RangeError(`Invalid argument`);let t=0;for(let n=this.size-1;n>=1;n-=2){n===6&&(n=5);for(let r=0;r<this.size;r++)for(let i=0;i<2;i++){let a=n-i,o=n+1&2?r:this.size-1-r;!this.types[o][a]&&t<e.length*8&&(this.modules[o][a]=Z(e[t>>>3],7-(t&7)),t++)}}}applyMask(e){if(e<0||e>7)throw RangeError(`Mask value out of range`);for(let t=0;t<this.size;t++)for(let n=0;n<this.size;n++){let r;switch(e){case 0:r=(n+t)%2==0;break;case 1:r=t%2==0;break;case 2:r=n%3==0;break;case 3:r=(n+t)%3==0;break;case 4:r=(Math.floor(n/3)+Math.floor(t/2))%2==0;break;case 5:r=n*t%2+n*t%3==0;break;case 6:r=(n*t%2+n*t%3)%2==0;break;case 7:r=((n+t)%2+n*t%3)%2==0;break;default:throw Error(`Unreachable`)}!this.types[t][n]&&r&&(this.modules[t][n]=!this.modules[t][n])}}getPenaltyScore(){let e=0;for(let t=0;t<this.size;t++){let n=!1,r=0,i=[0,0,0,0,0,0,0];for(let a=0;a<this.size;a++)this.modules[t][a]===n?(r++,r===5?e+=tr:r>5&&e++):(this.finderPenaltyAddHistory(r,i),n||(e+=this.finderPenaltyCountPatterns(i)*rr),n=this.modules[t][a],r=1);e+=this.finderPenaltyTerminateAndCount(n,r,i)*rr}for(let t=0;t<this.size;t++){let n=!1,r=0,i=[0,0,0,0,0,0,0];for(let a=0;a<this.size;a++)this.modules[a][t]===n?(r++,r===5?e+=tr:r>5&&e++):(this.finderPenaltyAddHistory(r,i),n||(e+=this.finderPenaltyCountPatterns(i)*rr),n=this.modules[a][t],r=1);e+=this.finderPenaltyTerminateAndCount(n,r,i)*rr}for(let t=0;t<this.size-1;t++)for(let n=0;n<this.size-1;n++){let r=this.modules[t][n];r===this.modules[t][n+1]&&r===this.modules[t+1][n]&&r===this.modules[t+1][n+1]&&(e+=nr)}let t=0;for(let e of this.modules)t=e.reduce((e,t)=>e+ +!!t,t);let n=this.size*this.size,r=Math.ceil(Math.abs(t*20-n*10)/n)-1;return e+=r*ir,e}getAlignmentPatternPositions(){if(this.version===1)return[];{let e=Math.floor(this.version/7)+2,t=this.version===32?26:Math.ceil((this.version*4+4)/(e*2-2))*2,n=[6];for(let r=this.size-7;n.length<e;r-=t)n.splice(1,0,r);return n}}finderPenaltyCountPatterns(e){let t=e[1],n=t>0&&e[2]===t&&e[3]===t*3&&e[4]===t&&e[5]===t;return(n&&e[0]>=t*4&&e[6]>=t?1:0)+(n&&e[6]>=t*4&&e[0]>=t?1:0)}finderPenaltyTerminateAndCount(e,t,n){return e&&(this.finderPenaltyAddHistory(t,n),t=0),t+=this.size,this.finderPenaltyAddHistory(t,n),this.finderPenaltyCountPatterns(n)}finderPenaltyAddHistory(e,t){t[0]===0&&(e+=this.size),t.pop(),t.unshift(e)}};function X(e,t,n){if(t<0||t>31||e>>>t)throw RangeError(`Value out of range`);for(let r=t-1;r>=0;r--)n.push(e>>>r&1)}function Z(e,t){return!!(e>>>t&1)}var cr=class{constructor(e,t,n){if(this.mode=e,this.numChars=t,this.bitData=n,t<0)throw RangeError(`Invalid argument`);this.bitData=n.slice()}getData(){return this.bitData.slice()}},lr=[1,10,12,14],ur=[2,9,11,13],dr=[4,8,16,16];function fr(e,t){return e[Math.floor((t+7)/17)+1]}function pr(e){let t=[];for(let n of e)X(n,8,t);return new cr(dr,e.length,t)}function mr(e){if(!_r(e))throw RangeError(`String contains non-numeric characters`);let t=[];for(let n=0;n<e.length;){let r=Math.min(e.length-n,3);X(Number.parseInt(e.substring(n,n+r),10),r*3+1,t),n+=r}return new cr(lr,e.length,t)}function hr(e){if(!vr(e))throw RangeError(`String contains unencodable characters in alphanumeric mode`);let t=[],n=0;for(;n+2<=e.length;n+=2){let r=Qn.indexOf(e.charAt(n))*45;r+=Qn.indexOf(e.charAt(n+1)),X(r,11,t)}return n<e.length&&X(Qn.indexOf(e.charAt(n)),6,t),new cr(ur,e.length,t)}function gr(e){return e===``?[]:_r(e)?[mr(e)]:vr(e)?[hr(e)]:[pr(br(e))]}function _r(e){return Xn.test(e)}function vr(e){return Zn.test(e)}function yr(e,t){let n=0;for(let r of e){let e=fr(r.mode,t);if(r.numChars>=1<<e)return 1/0;n+=4+e+r.bitData.length}return n}function br(e){e=encodeURI(e);let t=[];for(let n=0;n<e.length;n++)e.charAt(n)===`%`?(t.push(Number.parseInt(e.substring(n+1,n+3),16)),n+=2):t.push(e.charCodeAt(n));return t}function xr(e){if(e<$n||e>er)throw RangeError(`Version number out of range`);let t=(16*e+128)*e+64;if(e>=2){let n=Math.floor(e/7)+2;t-=(25*n-10)*n-55,e>=7&&(t-=36)}return t}function Sr(e,t){return Math.floor(xr(e)/8)-ar[t[0]][e]*or[t[0]][e]}function Cr(e){if(e<1||e>255)throw RangeError(`Degree out of range`);let t=[];for(let n=0;n<e-1;n++)t.push(0);t.push(1);let n=1;for(let r=0;r<e;r++){for(let e=0;e<t.length;e++)t[e]=Tr(t[e],n),e+1<t.length&&(t[e]^=t[e+1]);n=Tr(n,2)}return t}function wr(e,t){let n=t.map(e=>0);for(let r of e){let e=r^n.shift();n.push(0),t.forEach((t,r)=>n[r]^=Tr(t,e))}return n}function Tr(e,t){if(e>>>8||t>>>8)throw RangeError(`Byte out of range`);let n=0;for(let r=7;r>=0;r--)n=n<<1^(n>>>7)*285,n^=(t>>>r&1)*e;return n}function Er(e,t,n=1,r=40,i=-1,a=!0){if(!($n<=n&&n<=r&&r<=er)||i<-1||i>7)throw RangeError(`Invalid value`);let o,s;for(o=n;;o++){let n=Sr(o,t)*8,i=yr(e,o);if(i<=n){s=i;break}if(o>=r)throw RangeError(`Data too long`)}for(let e of[Kn,qn,Jn])a&&s<=Sr(o,e)*8&&(t=e);let c=[];for(let t of e){X(t.mode[0],4,c),X(t.numChars,fr(t.mode,o),c);for(let e of t.getData())c.push(e)}let l=Sr(o,t)*8;X(0,Math.min(4,l-c.length),c),X(0,(8-c.length%8)%8,c);for(let e=236;c.length<l;e^=253)X(e,8,c);let u=Array.from({length:Math.ceil(c.length/8)},()=>0);return c.forEach((e,t)=>u[t>>>3]|=e<<7-(t&7)),new sr(o,t,u,i)}function Dr(e,t){let{ecc:n=`L`,boostEcc:r=!1,minVersion:i=1,maxVersion:a=40,maskPattern:o=-1,border:s=1}=t||{},c=typeof e==`string`?gr(e):Array.isArray(e)?[pr(e)]:void 0;if(!c)throw Error(`uqr only supports encoding string and binary data, but got: ${typeof e}`);let l=Er(c,Yn[n],i,a,o,r),u=Or({version:l.version,maskPattern:l.mask,size:l.size,data:l.modules,types:l.types},s);return t?.invert&&(u.data=u.data.map(e=>e.map(e=>!e))),t?.onEncoded?.(u),u}function Or(e,t=1){if(!t)return e;let{size:n}=e,r=n+t*2;e.size=r,e.data.forEach(e=>{for(let n=0;n<t;n++)e.unshift(!1),e.push(!1)});for(let n=0;n<t;n++)e.data.unshift(Array.from({length:r},e=>!1)),e.data.push(Array.from({length:r},e=>!1));let i=Y.Border;e.types.forEach(e=>{for(let n=0;n<t;n++)e.unshift(i),e.push(i)});for(let n=0;n<t;n++)e.types.unshift(Array.from({length:r},e=>i)),e.types.push(Array.from({length:r},e=>i));return e}var Q=class extends L{constructor(...e){super(...e),this.member=``,this.copied=!1}static{this.styles=[...[L.styles].flat(),...En,o`
      .code {
        display: grid;
        place-items: center;
        min-height: 264px;
      }
      .code svg {
        width: 264px;
        height: 264px;
        border-radius: var(--radius-small);
      }
      .paste {
        display: flex;
        gap: var(--space-2);
      }
      .paste input {
        font-family: ui-monospace, monospace;
        font-size: var(--size-small);
      }
      .left {
        font-weight: 600;
        text-align: center;
      }
      .left.over {
        color: var(--bad);
      }
    `]}connectedCallback(){super.connectedCallback(),this.ticking=setInterval(()=>this.requestUpdate(),1e3),this.make()}disconnectedCallback(){super.disconnectedCallback(),clearInterval(this.ticking)}render(){let{t:e,link:t}=this;return x`<modal-dialog .heading=${e(`link.title`,{member:this.member})} @close=${this.leave}>
      <div class="body">
        ${this.problem===void 0?w:z(this.problem,()=>void this.make())}
        ${t?this.shown(t):x`<div class="code" role="status">${this.problem===void 0?e(`page.loading`):w}</div>`}
      </div>
    </modal-dialog>`}shown(e){let{t}=this,n=e.expires_at-I.now();return x`
      <p>${t(`link.how`)}</p>
      <div class="code">
        ${n>0?Ar(e.link,t(`link.code`)):x`<button class="primary" @click=${this.make}>${t(`link.again`)}</button>`}
      </div>
      <p class="left figures ${n>0?``:`over`}" role="timer">
        ${n>0?t(`link.left`,{time:tt(n)}):t(`link.over`)}
      </p>
      <div class="paste">
        <input
          readonly
          aria-label=${t(`link.text`)}
          .value=${e.link}
          @focus=${e=>e.target.select()}
        />
        <button class="primary" ?disabled=${n<=0} @click=${()=>this.copy(e.link)}>
          ${R(this.copied?`check`:`copy`,18)} ${this.copied?t(`link.copied`):t(`link.copy`)}
        </button>
      </div>
      <p class="hint">${t(`link.once`)}</p>
    `}async make(){this.problem=void 0,this.copied=!1;try{this.link=await F.link(this.member)}catch(e){this.problem=e}}async copy(e){this.copied=await kr(e,this.renderRoot.querySelector(`input`)),this.copied&&this.announce(this.t(`link.copied`))}leave(){this.dispatchEvent(new CustomEvent(`close`))}};U([A()],Q.prototype,`member`,void 0),U([j()],Q.prototype,`link`,void 0),U([j()],Q.prototype,`problem`,void 0),U([j()],Q.prototype,`copied`,void 0),Q=U([k(`link-dialog`)],Q);async function kr(e,t){try{return await navigator.clipboard.writeText(e),!0}catch{return t?.select(),document.execCommand(`copy`)}}function Ar(e,t){let{data:n,size:r}=Dr(e,{ecc:`M`,border:3});return x`<svg role="img" aria-label=${t} viewBox="0 0 ${r} ${r}" shape-rendering="crispEdges">
    ${S`<rect width=${r} height=${r} fill="#fff" /><path d=${n.flatMap((e,t)=>e.map((e,n)=>e?`M${n} ${t}h1v1h-1z`:``)).join(``)} fill="#0b1a22" />`}
  </svg>`}var jr=class extends L{static{this.styles=[...[L.styles].flat(),...En,o`
      dl {
        display: grid;
        grid-template-columns: max-content minmax(0, 1fr);
        gap: var(--space-1) var(--space-5);
      }
      dt {
        color: var(--text-soft);
      }
      dd {
        overflow-wrap: anywhere;
      }
      .acts {
        justify-content: flex-start;
        padding-top: var(--space-4);
        border-top: 1px solid var(--line);
      }
      .acts .hint {
        flex-basis: 100%;
      }
    `]}render(){return x`<modal-dialog .heading=${this.member.id} @close=${this.leave}>
      <div class="body">
        <dl class="figures">
          ${this.facts().map(([e,t])=>x`<dt>${e}</dt>
                <dd>${t}</dd>`)}
        </dl>
        ${this.acts()}
      </div>
    </modal-dialog>`}facts(){let{t:e,format:t,member:n}=this,r=n=>n===null?e(`members.never`):t.moment(n),i=[[e(`members.state`),Pn(n)],[e(`members.person`),n.person||`–`],[e(`members.balance`),t.money(n.balance_micro)],[e(`members.retailer`),n.retailer],[e(`members.tariff`),n.tariff],[e(`members.connection`),t.number(n.connection_w/1e3,2)],[e(`members.zone`),n.zone||`–`],[e(`members.green`),e(n.green?`word.yes`:`word.no`)],[e(`members.seen`),r(n.last_seen_at)],[e(`members.joined`),r(n.joined_at)]];return n.left_at!==null&&i.push([e(`members.left`),r(n.left_at)]),i}acts(){let{t:e,member:t}=this,n=t.state===`revoked`,r=I.session?.may_invite??!1;return n&&!t.has_person?w:x`<div class="acts">
      ${n?w:x`<button class="primary" ?disabled=${!r} @click=${()=>this.choose(`link`)}>
                ${R(`link`,18)} ${e(`members.link`)}
              </button>
              <button @click=${()=>this.choose(`revoke`)}>${e(`members.revoke`)} …</button>`}
      ${t.has_person?x`<button @click=${()=>this.choose(`erase`)}>${e(`members.erase`)} …</button>`:w}
      ${n||r?w:x`<p class="hint">${e(`error.addresses_missing`)}</p>`}
    </div>`}choose(e){this.dispatchEvent(new CustomEvent(`act`,{detail:e}))}leave(){this.dispatchEvent(new CustomEvent(`close`))}};U([A({attribute:!1})],jr.prototype,`member`,void 0),jr=U([k(`member-dialog`)],jr);var Mr=class extends J{constructor(...e){super(...e),this.tone=`danger`}heading(){return this.t(`revoke.title`,{member:this.member.id})}body(){return x`<ul>
      <li>${this.t(`revoke.access`)}</li>
      <li>${this.t(`revoke.trades`)}</li>
      <li>${this.t(`revoke.final`)}</li>
    </ul>`}verb(){return this.t(`revoke.verb`)}async act(){let e=await F.revoke(this.member.id);return this.announce(this.t(`revoke.done`,{member:e.id})),e}};U([A({attribute:!1})],Mr.prototype,`member`,void 0),Mr=U([k(`revoke-dialog`)],Mr);var Nr=class extends J{constructor(...e){super(...e),this.tone=`danger`}heading(){return this.t(`erase.title`,{member:this.member.id})}body(){return x`<ul>
      <li>${this.t(`erase.data`)}</li>
      <li>${this.t(`erase.books`)}</li>
      <li>${this.t(`erase.backups`)}</li>
    </ul>`}verb(){return this.t(`erase.verb`)}async act(){let e=await F.erase(this.member.id);return this.announce(this.t(`erase.done`,{member:e.id})),e}};U([A({attribute:!1})],Nr.prototype,`member`,void 0),Nr=U([k(`erase-dialog`)],Nr);var Pr=class extends L{constructor(...e){super(...e),this.members=new Jt(this,e=>F.members(e),[`members`])}static{this.styles=[...[L.styles].flat(),B]}render(){return x`${St(this.members,e=>this.content(e))} ${this.dialog()}`}content(e){let{t}=this,n=e.members.filter(({state:e})=>e!==`revoked`),r=n.filter(e=>e.online).length;return x`
      <div class="bar">
        <header class="lead" aria-live="polite">
          <h1>${n.length?t(`members.lead`,{online:r,all:n.length}):t(`members.none`)}</h1>
          ${I.session?.may_invite===!1?x`<p class="soft">${t(`error.addresses_missing`)}</p>`:w}
        </header>
        <button class="primary" @click=${()=>this.shown={dialog:`enrol`}}>
          ${R(`add`,18)} ${t(`members.enrol`)}
        </button>
      </div>
      <section class="card">
        <data-table
          .caption=${t(`members.title`)}
          .empty=${t(`members.empty`)}
          file="members"
          .columns=${this.columns()}
          .rows=${e.members}
          .actions=${e=>this.actions(e)}
        ></data-table>
      </section>
    `}actions(e){return x`<button
      class="quiet"
      aria-label=${this.t(`members.manage_one`,{member:e.id})}
      @click=${()=>this.shown={dialog:`member`,member:e}}
    >
      ${this.t(`members.manage`)}
    </button>`}dialog(){let{shown:e}=this;if(!e)return w;let t=()=>{this.shown===e&&(this.shown=void 0)};if(e.dialog===`enrol`)return x`<enrol-dialog .known=${this.members.value} @done=${this.enrolled} @close=${t}></enrol-dialog>`;let{member:n}=e,r=()=>void this.members.reload();return{member:x`<member-dialog .member=${n} @act=${e=>void(this.shown={dialog:e.detail,member:n})} @close=${t}></member-dialog>`,link:x`<link-dialog .member=${n.id} @close=${t}></link-dialog>`,revoke:x`<revoke-dialog .member=${n} @done=${r} @close=${t}></revoke-dialog>`,erase:x`<erase-dialog .member=${n} @done=${r} @close=${t}></erase-dialog>`}[e.dialog]}enrolled(e){this.members.reload(),this.shown=I.session?.may_invite===!1?void 0:{dialog:`link`,member:e.detail}}columns(){let{t:e,format:t}=this,n=(e,t)=>({key:e,label:t,value:t=>t[e],cell:t=>t[e]||x`<span class="soft">–</span>`}),r=(e,t)=>({key:e,value:t});return[{key:`id`,label:e(`members.id`),value:({id:e})=>e,cell:({id:e})=>e,header:!0},{key:`state`,label:e(`members.state`),value:e=>jn(e,I.now()),order:e=>Nn.indexOf(jn(e,I.now())),cell:Pn},{key:`last_seen_at`,label:e(`members.seen`),value:({last_seen_at:e})=>G(e),cell:({last_seen_at:n})=>n===null?e(`members.never`):t.moment(n)},n(`person`,e(`members.person`)),{key:`balance_micro`,label:e(`members.balance`),value:({balance_micro:e})=>e,cell:({balance_micro:e})=>t.money(e),numeric:!0},n(`retailer`,e(`members.retailer`)),n(`tariff`,e(`members.tariff`)),{key:`connection_w`,label:e(`members.connection`),value:({connection_w:e})=>e,cell:({connection_w:e})=>t.number(e/1e3,2),numeric:!0},r(`zone`,({zone:e})=>e),r(`green`,({green:e})=>e),r(`joined_at`,({joined_at:e})=>G(e)),r(`left_at`,({left_at:e})=>G(e))]}};U([j()],Pr.prototype,`shown`,void 0),Pr=U([k(`members-page`)],Pr);var Fr=[{path:`community`,title:`page.community`,icon:`community`,render:()=>x`<community-page></community-page>`},{path:`members`,title:`page.members`,icon:`members`,render:()=>x`<members-page></members-page>`},{path:`market`,title:`page.market`,icon:`market`,render:e=>x`<market-page .place=${e}></market-page>`}],Ir=class extends L{constructor(...e){super(...e),this.busy=!1}static{this.styles=[...[L.styles].flat(),B,o`
      :host {
        display: grid;
        place-items: center;
        min-height: 100dvh;
        padding: var(--space-4);
      }
      form {
        width: min(380px, 100%);
        display: grid;
        gap: var(--space-4);
      }
      img {
        width: 48px;
        height: 48px;
      }
      header {
        display: grid;
        gap: var(--space-1);
      }
    `]}render(){let{t:e}=this;return x`<main>
      <form class="card" @submit=${this.submit}>
        <header>
          <img src=${wt} alt="" />
          <h1>${I.session?.community??`CARAVELS`}</h1>
          <p class="soft">${e(`login.lead`)}</p>
        </header>
        <label>${e(`login.name`)}<input name="name" required autocomplete="username" autocapitalize="none" /></label>
        <label
          >${e(`login.password`)}<input name="password" type="password" required autocomplete="current-password"
        /></label>
        ${this.problem===void 0?w:z(this.problem)}
        <button class="primary" ?disabled=${this.busy}>${e(`login.verb`)}</button>
      </form>
    </main>`}async submit(e){e.preventDefault();let t=new FormData(e.target);this.busy=!0,this.problem=void 0;try{I.setSession(await F.login({name:Fn(t,`name`),password:Fn(t,`password`)}))}catch(e){this.problem=e}finally{this.busy=!1}}};U([j()],Ir.prototype,`busy`,void 0),U([j()],Ir.prototype,`problem`,void 0),Ir=U([k(`login-page`)],Ir);var Lr=Fr.map(({path:e})=>e),$=class extends L{constructor(...e){super(...e),this.place=On(location.hash,Lr),this.said=``,this.wasKnown=!1,this.moved=()=>{location.hash!==`#main`&&(this.place=On(location.hash,Lr))}}static{this.styles=[...[L.styles].flat(),B,Ye]}connectedCallback(){super.connectedCallback(),window.addEventListener(`hashchange`,this.moved),window.addEventListener(`online`,Rr),document.addEventListener(`visibilitychange`,Rr),this.unwatch=I.stream.onState(()=>{I.stream.state===`away`&&this.lookAgain()}),this.enter()}disconnectedCallback(){super.disconnectedCallback(),this.unwatch?.(),window.removeEventListener(`hashchange`,this.moved),window.removeEventListener(`online`,Rr),document.removeEventListener(`visibilitychange`,Rr),I.stream.stop()}willUpdate(){let e=I.session?.known??!1;e!==this.wasKnown&&(this.wasKnown=e,e?I.stream.start():I.stream.stop());let t=Fr.find(({path:e})=>e===this.place.page)?.title;document.title=[t&&this.t(t),I.session?.community].filter(Boolean).join(` · `)}render(){let{session:e}=I;return e?!e.known&&e.login?x`<login-page></login-page>`:x`
      <a class="skip" href="#main" @click=${this.skip}>${this.t(`page.skip`)}</a>
      <header class="top">
        <span class="mark"><img src=${wt} alt="" /></span>
        <strong class="name">${e.community}</strong>
        ${this.live()}
      </header>
      <nav aria-label=${this.t(`page.pages`)}>
        ${Fr.map(({path:e,title:t,icon:n})=>x`<a href=${kn(e)} aria-current=${e===this.place.page?`page`:w}>
              ${R(n,22)} <span>${this.t(t)}</span>
            </a>`)}
      </nav>
      <div class="foot">${this.person(e.person,e.login)} ${this.languages()}</div>
      <main id="main" tabindex="-1" @announce=${this.hear}>
        ${Fr.find(({path:e})=>e===this.place.page)?.render(this.place)}
      </main>
      <div class="hidden-text" role="status" aria-live="polite">${this.said}</div>
    `:x`<main class="alone">
        ${this.problem===void 0?x`<p class="soft" role="status">${this.t(`page.loading`)}</p>`:z(this.problem,()=>void this.enter())}
      </main>`}live(){let{state:e}=I.stream;return x`<span class="badge live ${{live:`good`,connecting:``,away:`warn`}[e]}" role="status"
      ><span class="dot"></span>${this.t(`live.${e}`)}</span
    >`}person(e,t){return x`<div class="person">
      <span class="soft">${e}</span>
      ${t?x`<button class="quiet" @click=${this.leave}>${R(`leave`,18)} ${this.t(`login.leave`)}</button>`:w}
    </div>`}languages(){return x`<select
      aria-label=${this.t(`page.language`)}
      @change=${e=>I.setLanguage(e.target.value)}
    >
      ${at.map(({id:e,name:t})=>x`<option value=${e} lang=${e} ?selected=${e===I.language}>${t}</option>`)}
    </select>`}skip(e){e.preventDefault(),this.renderRoot.querySelector(`#main`)?.focus()}hear(e){this.said=e.detail}async enter(){this.problem=void 0;try{I.setSession(await F.session())}catch(e){this.problem=e}}async lookAgain(){try{I.setSession(await F.session())}catch{}}async leave(){try{I.setSession(await F.logout())}catch(e){this.said=I.sentenceOf(e)}}};U([j()],$.prototype,`place`,void 0),U([j()],$.prototype,`problem`,void 0),U([j()],$.prototype,`said`,void 0),$=U([k(`caravels-app`)],$);function Rr(){document.visibilityState===`visible`&&I.stream.hurry()}