// Generated from connectors/format by generate-types.ts. Change the schemas, then run it again.
import type { Json } from './json.ts';

/**
 * One hole and nothing else, whose value is taken as true or false: `"{{body.ok == false}}"`.
 */
export type Condition = string;
/**
 * A JSON Schema (draft 2020-12, the subset listed below the tables): local `$ref` only, depth at most 32, at most 10,000 nodes, patterns of the linear-time engine, and the `x-` keywords of this format.
 */
export type JsonSchema = { [keyword: string]: Json };
/**
 * Header names and the templates of their values, or one lone hole that gives an object of headers. Names the platform owns (Host, Content-Length, Authorization, Cookie, Idempotency-Key and the hop-by-hop ones) are refused.
 */
export type HeadersTemplate =
  | {
      [k: string]: Template;
    }
  | string;
/**
 * A name in kebab-case: small letters, digits and single hyphens, starting with a letter.
 */
export type Key = string;
/**
 * A bare path of the expression language, such as `body.data.items`; the empty text is the whole value.
 */
export type Path = string;
/**
 * Query parameters and their values, or one lone hole that gives an object of parameters. A list repeats its parameter.
 */
export type QueryTemplate =
  | {
      [k: string]: TemplateValue;
    }
  | string;
/**
 * A request written out, or `{ "action": key }`.
 */
export type RequestReference = Request | ActionReference;
/**
 * Text with `{{ … }}` holes of the expression language. A lone hole keeps the type of its value; mixed text makes a string; an optional input that is absent drops the member, parameter or header that needs it.
 */
export type Template = string;
/**
 * Any JSON; every string inside it that contains `{{` is a template.
 */
export type TemplateValue = Json;

/**
 * One document is one version of one app. It is pure data: no function, script or file reference can stand in it.
 */
export interface Connector {
  /**
   * Version of this format.
   */
  manifestVersion: 1;
  app: App;
  /**
   * Version of the connector (semver), not of the service's API.
   */
  version: string;
  /**
   * What a runner must be able to do; one that lacks it refuses to run the version. May be left out; a published document that has it names everything it uses (`requires_missing`).
   */
  requires?: (
    | 'auth.oauth2'
    | 'auth.session'
    | 'auth.jwt'
    | 'auth.oauth1'
    | 'auth.sigv4'
    | 'auth.hmac'
    | 'auth.other'
    | 'auth.sessionRefresh'
    | 'auth.sessionLogout'
    | 'body.form'
    | 'body.multipart'
    | 'body.binary'
    | 'body.fileName'
    | 'body.xml'
    | 'body.graphql'
    | 'body.jsonRpc'
    | 'response.xml'
    | 'response.xmlNamespaces'
    | 'response.csv'
    | 'response.ndjson'
    | 'response.sse'
    | 'response.binary'
    | 'pagination'
    | 'pagination.next'
    | 'pagination.path'
    | 'retryAfter.text'
    | 'rateLimit'
    | 'steps'
    | 'asyncJob'
    | 'options'
    | 'fields'
    | 'files'
    | 'input.encode'
    | 'input.dateFormat'
    | 'trigger.poll'
    | 'trigger.pollUpdated'
    | 'trigger.webhook'
    | 'ingress'
  )[];
  /**
   * What changed, in a few lines.
   */
  changelog?: string;
  /**
   * Where requests go: `https://api.example.com/v2`. May read `connection.*`; every member used in the host needs a `pattern` (or `enum`). May be left out when every request names a whole address.
   */
  baseUrl?: Template;
  /**
   * Further addresses by name, for `request.server`.
   */
  servers?: {
    [k: string]: Template;
  };
  /**
   * Hosts that may be called: `api.example.com`, `*.example.com`, with `:port` if need be. Without it the hosts of `baseUrl` and `servers`. `*` allows any public host; credentials then go only to the hosts in the connection's setting `hosts`.
   */
  allowedHosts?: string[];
  /**
   * Settings of a connection that are no secret (`connection.*`).
   */
  connectionSchema?: JsonSchema;
  /**
   * At least one way to sign in.
   */
  auth: Auth[];
  defaults?: Defaults;
  /**
   * Schemas that every schema of the document can name as `#/$defs/<name>`.
   */
  $defs?: {
    [k: string]: JsonSchema;
  };
  /**
   * Choices of inputs by name, for `x-optionsFrom`.
   */
  optionSources?: {
    [k: string]: OptionSource;
  };
  /**
   * Fields that only the service knows, by name, for `x-fieldsFrom`.
   */
  fieldSources?: {
    [k: string]: FieldSource;
  };
  /**
   * What a workflow can do.
   */
  actions: Action[];
  /**
   * What can start a workflow.
   */
  triggers?: Trigger[];
  ingress?: Ingress;
  /**
   * How steps of older versions become steps of this one.
   */
  migrations?: Migration[];
}
/**
 * One thing a workflow can do at the service. Either *mapped* (`inputSchema` and templates) or *wire* (`pathSchema`, `querySchema`, `headersSchema`, `cookiesSchema`, `bodySchema`; the input is `{ path, query, headers, cookies, body }`).
 */
export interface Action {
  /**
   * Its name in workflows.
   */
  key: Key;
  /**
   * What people pick: a verb and a thing.
   */
  name: string;
  /**
   * What it does, in a sentence.
   */
  description?: string;
  /**
   * Heading it is listed under.
   */
  group?: string;
  /**
   * A finer word than `effect`, for lists.
   */
  kind?: 'create' | 'update' | 'upsert' | 'delete' | 'get' | 'list' | 'search' | 'run';
  /**
   * What it does to the world. Needed to publish.
   */
  effect?: 'read' | 'create' | 'update' | 'delete' | 'send';
  /**
   * Needed to publish unless `effect` is `read`.
   */
  idempotency?: Idempotency;
  /**
   * A probe for unknown outcomes, or null.
   */
  verify?: Verify | null;
  /**
   * How to undo it, or null.
   */
  inverse?: Inverse | null;
  /**
   * GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS, TRACE, those of WebDAV (PROPFIND, PROPPATCH, REPORT, SEARCH, MKCOL, MKCALENDAR, COPY, MOVE, LOCK, UNLOCK), or one lone hole on an input whose schema is an `enum` of these.
   */
  method: string;
  /**
   * Name of an entry of `servers`; without it `baseUrl`.
   */
  server?: Key;
  /**
   * Path below the base address, starting with `/`; empty: the base address itself. `{x}` is a member of `pathSchema`, `{{…}}` an expression; both are encoded as one path segment (`/` becomes `%2F`). `{+x}` keeps slashes, of a member of `pathSchema` or of the input `x`. Or a whole address inside `allowedHosts`.
   */
  endpointTemplate: string;
  headersTemplate?: HeadersTemplate;
  queryTemplate?: QueryTemplate;
  /**
   * The body, built as a value and then written in `bodyFormat`.
   */
  bodyTemplate?: TemplateValue;
  /**
   * `json` (default), where `{ "base64Of": <file> }` becomes the content of a file as base64 text, and is left out where the file is absent; `form`; `multipart`: a form with files, where `{ "base64", "fileName", "contentType" }` and a reference `{ "fileId", "name", "contentType" }` are files, other objects are JSON and a list repeats its field; `multipartRelated`: a list of parts `{ "contentType", "json" | "text" | "base64" | "file" }`, `file` being a reference; `binary`: a reference, base64 text, or `{ "base64", "contentType" }`, sent as bytes; `xml`: an object with one member, the root, where `@name` is an attribute and `#text` the text beside attributes; `graphql` and `jsonRpc`: the body template holds the variables or parameters; `text`; `none`; or `auto`: a text goes as it is, anything else as JSON. May be a lone hole for none, json, form, text and auto.
   */
  bodyFormat?: string;
  /**
   * Instead of the format's own content type.
   */
  bodyContentType?: string;
  graphql?: GraphQL;
  jsonRpc?: JsonRpc;
  /**
   * How lists are written in the query and in form bodies; a schema says it for one member with `x-arrayStyle`. `repeat` (default) `a=1&a=2`, `brackets` `a[]=1`, `indexed` `a[0]=1`, `csv` `a=1,2`, `space`, `pipe`, `tab`, `json`.
   */
  arrayStyle?: 'repeat' | 'brackets' | 'indexed' | 'csv' | 'space' | 'pipe' | 'tab' | 'json';
  /**
   * The same for objects (`x-objectStyle`): `json` (default), `brackets` `a[b]=1` at every depth, `dots` `a.b=1`, `flat` `b=1`, `csv` `a=b,1`, and `space` and `pipe`, parted by these.
   */
  objectStyle?: 'brackets' | 'dots' | 'json' | 'flat' | 'csv' | 'space' | 'pipe';
  /**
   * Left out: JSON is a value, text (XML among it) is text, other content is `{ contentType, bytes, base64 }`, by the answer's content type. `auto`: the same, and XML is an object. `ndjson`: a list with one JSON value a line; `csv`: a list of objects named by the first line, with texts as values; `xml`: an object, where `@name` is an attribute, `#text` the text beside attributes and a repeated element a list; `sse`: a list of events `{ event, id, data }`, data parsed when it is JSON, read until the stream ends or `maxItems` of an action are there; `binary`: `{ contentType, bytes, base64 }` whatever the type; `file`: kept as it comes, up to the limit of a file, and the body is its reference `{ fileId, name, contentType, size }`. An answer with a status from 400 is read by its content type.
   */
  responseFormat?: 'auto' | 'json' | 'text' | 'ndjson' | 'csv' | 'xml' | 'sse' | 'binary' | 'file' | 'none';
  response?: Response;
  /**
   * Success only when this holds; without it any 2xx. Asked after `errors`.
   */
  successWhen?: Condition;
  /**
   * First rule that holds wins.
   */
  errors?: ErrorRule[];
  /**
   * Message of a failure that no rule named.
   */
  errorMessage?: Template;
  /**
   * For the whole call; 30,000 unless said otherwise.
   */
  timeoutMs?: number;
  /**
   * Until the request can be written, within `timeoutMs`; 10,000 unless said otherwise. A call that ends here was never sent.
   */
  connectTimeoutMs?: number;
  /**
   * A larger answer is a failure, as it came and unpacked; 10 MiB unless said otherwise.
   */
  maxResponseBytes?: number;
  /**
   * `allowed-hosts` (default): a redirect is followed to hosts of the app, with credentials to the first origin alone; `same-host`: to the same host and port; `never`: the redirect itself is the answer.
   */
  followRedirects?: 'allowed-hosts' | 'same-host' | 'never';
  retry?: Retry;
  /**
   * `inherit` (default): as the connection was made; `none`: send no credential; or the key of another entry of `auth`: signed in as that one does it, filled with the credentials and settings of this connection, whose own schemas must declare all that it reads. A token that it has to get is got and kept by itself. One that a person signs in for cannot be named. An entry whose key is `inherit` or `none` cannot be named either.
   */
  auth?: Key;
  /**
   * Wire mode: the members of `input.path`.
   */
  pathSchema?: JsonSchema;
  /**
   * Wire mode: the members of `input.query`.
   */
  querySchema?: JsonSchema;
  /**
   * Wire mode: the members of `input.headers`.
   */
  headersSchema?: JsonSchema;
  /**
   * Wire mode: the members of `input.cookies`, sent beside the connection's own cookies.
   */
  cookiesSchema?: JsonSchema;
  /**
   * Wire mode: `input.body`. Mapped mode: checks the body that was built.
   */
  bodySchema?: JsonSchema;
  /**
   * Mapped mode: the form people fill in; the templates build the request from it.
   */
  inputSchema?: JsonSchema;
  /**
   * What comes out.
   */
  outputSchema: JsonSchema;
  /**
   * What an output against its schema does; `warn` unless said otherwise.
   */
  outputCheck?: 'warn' | 'error' | 'off';
  /**
   * An output to build with before the first run.
   */
  sample?: TemplateValue;
  /**
   * A limit of this action alone, instead of the one in `defaults`.
   */
  rateLimit?: RateLimit;
  /**
   * How many requests of the limit in `defaults` one request of this action counts as; 1 unless said otherwise. Not beside a `rateLimit` of its own.
   */
  rateCost?: number;
  pagination?: Pagination;
  /**
   * With `pagination`: reading ends after this many items; 1,000 unless said otherwise. With the response format `sse`: the stream is closed after this many events, and need not end by itself.
   */
  maxItems?: number;
  /**
   * Requests made before this one, in order; it reads what they captured as `steps.<id>.<name>`.
   */
  steps?: RequestStep[];
  /**
   * The request starts a job; the action waits until it is over.
   */
  asyncJob?: AsyncJob;
  /**
   * Requests made after this one, in order. They read what was captured, and its answer as `steps.main.status`, `steps.main.headers`, `steps.main.body`. The last one that is made gives the output.
   */
  after?: RequestStep[];
  /**
   * OAuth2 scopes it needs.
   */
  requiredScopes?: string[];
  /**
   * Not offered in lists.
   */
  hidden?: boolean;
  deprecated?: Deprecation;
  /**
   * Played when a version is published.
   */
  examples?: Example[];
}
/**
 * For the body format `graphql`: the document, fixed. Values go into `bodyTemplate`, whose members are the variables. The output is `data`; `errors` in the answer are a failure unless `errors` or `successWhen` says otherwise.
 */
export interface GraphQL {
  /**
   * The query or mutation, without {{ … }}.
   */
  query: string;
  /**
   * Needed when the document has several operations.
   */
  operationName?: string;
}
/**
 * For the body format `jsonRpc` (version 2.0): the method, fixed. `bodyTemplate` holds the parameters. The output is `result`; an `error` in the answer is a failure.
 */
export interface JsonRpc {
  /**
   * Name of the method, without {{ … }}.
   */
  method: string;
}
/**
 * A request made by an action of the same connector.
 */
export interface ActionReference {
  /**
   * Key of the action.
   */
  action: Key;
  /**
   * Its input.
   */
  with?: {
    [k: string]: TemplateValue;
  };
}
/**
 * What the caller is answered. Reads the call and `connection`; a secret (`credentials`, `webhook.secret`, `stored`) only as the key of `hmacSha256(text, key)`.
 */
export interface Answer {
  /**
   * HTTP status.
   */
  status: number;
  /**
   * The body: a text, or a value that is sent as JSON.
   */
  body?: TemplateValue;
  /**
   * Headers; not those that steer a browser, such as Set-Cookie or Location.
   */
  headersTemplate?: {
    [k: string]: Template;
  };
  /**
   * Instead of text/plain for a text and application/json for a value: text/plain, JSON or XML.
   */
  contentType?: string;
}
/**
 * Which service this is: what people see in lists.
 */
export interface App {
  /**
   * The app's name in workflows and URLs: `<key>@<version>#<action>`. Never changes.
   */
  key: Key;
  /**
   * What people call the service.
   */
  name: string;
  /**
   * One or two sentences: what one can do with it.
   */
  description?: string;
  /**
   * Words to find it by.
   */
  categories?: Key[];
  /**
   * The service's own API documentation.
   */
  docsUrl?: string;
  /**
   * A small picture as a `data:` URL (SVG or PNG, at most 64 KiB). Remote pictures are refused: they would tell a stranger who looks.
   */
  icon?: string;
}
/**
 * For a request that only starts a job at the service: its state is asked for until it is over, within the action's time limit.
 */
export interface AsyncJob {
  /**
   * The request that asks for the state. It reads what started the job as `steps.main.body` (also `status`, `headers`).
   */
  status: Request;
  /**
   * Where its answer says the state, such as `body.state`.
   */
  statusPath: Path;
  /**
   * States in which the job is done; true, false and numbers are compared as text.
   */
  done: string[];
  /**
   * States in which it has failed. In any other state it is still going on.
   */
  failed: string[];
  /**
   * Between two questions, in milliseconds.
   */
  intervalMs: number;
  /**
   * The action fails when the job is not over by then. Less than the action's `timeoutMs` (30,000 unless said otherwise).
   */
  maxWaitMs: number;
  /**
   * The request that gets the outcome; it reads the last answer as `steps.job.body`. Without it the last answer is the output.
   */
  result?: Request;
}
/**
 * One way to sign in. The person who makes a connection picks one.
 */
export interface Auth {
  /**
   * Its name on connections.
   */
  key: Key;
  /**
   * What people pick.
   */
  label: string;
  /**
   * Where to find the credentials, in a sentence or two.
   */
  description?: string;
  /**
   * Each type has fixed credential names: API_KEY `apiKey`; BASIC `username`, `password`; CUSTOM_HEADER `headerName`, `headerValue`; OAUTH2 `clientId`, `clientSecret`, `accessToken`, `refreshToken` (the tokens are filled in by the platform); AWS_SIGV4 `accessKeyId`, `secretAccessKey`, `sessionToken` (optional); OAUTH1 `consumerKey`, `consumerSecret`, `token`, `tokenSecret` (the last two optional); JWT, HMAC, SESSION and NONE have none.
   */
  type:
    | 'NONE'
    | 'API_KEY'
    | 'BASIC'
    | 'CUSTOM_HEADER'
    | 'OAUTH2'
    | 'JWT'
    | 'HMAC'
    | 'AWS_SIGV4'
    | 'OAUTH1'
    | 'SESSION';
  /**
   * What is typed in. May refine the fixed names and add further ones; left out, it is the fixed shape of the type.
   */
  credentialsSchema?: JsonSchema;
  /**
   * Where credentials go on every request. Left out: `Authorization: Bearer <apiKey, accessToken or, for JWT, the signed token>`, `Authorization: Basic …`, or the custom header; nothing for the types that sign and for SESSION.
   */
  apply?: Placement[];
  /**
   * Needed for the type OAUTH2, refused elsewhere.
   */
  oauth2?: OAuth2;
  /**
   * Needed for the type SESSION, refused elsewhere: how a token or cookies are got.
   */
  session?: Session;
  /**
   * Needed for the type JWT, refused elsewhere: the token that is signed for every request and read as `auth.token` in `apply`.
   */
  jwt?: Jwt;
  /**
   * Needed for the types HMAC, AWS_SIGV4 and OAUTH1, refused elsewhere.
   */
  signing?: Signing;
  /**
   * Values that are learned and kept as settings of the connection.
   */
  capture?: Capture[];
  /**
   * The request that proves that the connection works. Needed to publish, unless the type is NONE.
   */
  test?: RequestReference;
  /**
   * The account's name, from the answer of `test`: reads `test.status`, `test.headers`, `test.body` and `connection.*`.
   */
  labelTemplate?: Template;
}
/**
 * A value that is learned while signing in or testing and kept as a setting of the connection.
 */
export interface Capture {
  /**
   * The setting it becomes, read as `connection.<name>`. Declared in `connectionSchema`, not required there, with `readOnly` unless there is a `choose`; its schema decides what may be kept.
   */
  name: string;
  /**
   * `tokenResponse`: the answer of the token endpoint. `callbackQuery`: the address that a sign-in comes back to. `request`: the answer of `request`, made at every test of the connection.
   */
  from: 'tokenResponse' | 'callbackQuery' | 'request';
  /**
   * Needed for `request`, refused elsewhere.
   */
  request?: RequestReference;
  /**
   * Where the value is: begins with `body` or `headers`, for `callbackQuery` with `callback`. With `choose`, where the list is.
   */
  path: Path;
  /**
   * For a list: its only item is taken; of several the person must choose one, by writing its value into the setting.
   */
  choose?: {
    /**
     * What people recognise an item by, such as `item.name`.
     */
    label: Path;
    /**
     * What is kept, such as `item.id`.
     */
    value: Path;
  };
}
/**
 * Merged below every request of the connector; a request's own value wins.
 */
export interface Defaults {
  headersTemplate?: HeadersTemplate;
  queryTemplate?: QueryTemplate;
  /**
   * For the whole call; 30,000 unless said otherwise.
   */
  timeoutMs?: number;
  /**
   * Until the request can be written, within `timeoutMs`; 10,000 unless said otherwise. A call that ends here was never sent.
   */
  connectTimeoutMs?: number;
  /**
   * A larger answer is a failure, as it came and unpacked; 10 MiB unless said otherwise.
   */
  maxResponseBytes?: number;
  /**
   * `allowed-hosts` (default): a redirect is followed to hosts of the app, with credentials to the first origin alone; `same-host`: to the same host and port; `never`: the redirect itself is the answer.
   */
  followRedirects?: 'allowed-hosts' | 'same-host' | 'never';
  /**
   * How lists are written in the query and in form bodies; a schema says it for one member with `x-arrayStyle`. `repeat` (default) `a=1&a=2`, `brackets` `a[]=1`, `indexed` `a[0]=1`, `csv` `a=1,2`, `space`, `pipe`, `tab`, `json`.
   */
  arrayStyle?: 'repeat' | 'brackets' | 'indexed' | 'csv' | 'space' | 'pipe' | 'tab' | 'json';
  /**
   * The same for objects (`x-objectStyle`): `json` (default), `brackets` `a[b]=1` at every depth, `dots` `a.b=1`, `flat` `b=1`, `csv` `a=b,1`, and `space` and `pipe`, parted by these.
   */
  objectStyle?: 'brackets' | 'dots' | 'json' | 'flat' | 'csv' | 'space' | 'pipe';
  /**
   * Names of elements and attributes in answers that are XML, by their namespace: `{ "d": "DAV:" }` reads what is in `DAV:` as `d:name`, whatever prefix the server chose; with the empty key as `name`. Declarations of namespaces are left out then. Other namespaces keep the server's prefixes.
   */
  xmlNamespaces?: {
    [k: string]: string;
  };
  /**
   * The limit of all requests together, of a connection unless its `scope` says otherwise.
   */
  rateLimit?: RateLimit;
  retry?: Retry;
  /**
   * Tried after the rules of the request itself.
   */
  errors?: ErrorRule[];
  errorMessage?: Template;
}
/**
 * Says that something is on its way out.
 */
export interface Deprecation {
  /**
   * The version that says so first.
   */
  since: string;
  replacedBy?: Key;
  /**
   * Last day, as a date.
   */
  sunset?: string;
}
/**
 * Turns an answer into a kind of failure. The first rule that holds wins; rules look at status, headers and body, so they also find errors inside a 200.
 */
export interface ErrorRule {
  /**
   * Reads `status`, `headers`, `body`, `input`, `connection`.
   */
  when: Condition;
  /**
   * AUTH and PERMISSION ask for a new connection, RATE_LIMIT and TEMPORARY are repeated, IGNORE counts as success, the others are final.
   */
  type:
    | 'AUTH'
    | 'PERMISSION'
    | 'NOT_FOUND'
    | 'VALIDATION'
    | 'RATE_LIMIT'
    | 'CONFLICT'
    | 'TEMPORARY'
    | 'PERMANENT'
    | 'IGNORE';
  /**
   * The service's own code for it.
   */
  code?: Template;
  /**
   * A sentence for people.
   */
  message?: Template;
}
/**
 * An input and what it should lead to; played when a version is published.
 */
export interface Example {
  /**
   * What it shows.
   */
  title: string;
  /**
   * The action's input.
   */
  input: TemplateValue;
  /**
   * Settings of the connection.
   */
  config?: { [setting: string]: Json };
  expect?: Expectation;
}
/**
 * What it should lead to.
 */
export interface Expectation {
  /**
   * `{ method, url, headers, body }`; only what is named is compared.
   */
  request?: Json;
  /**
   * `{ status, headers, body }` the service answers.
   */
  response?: Json;
  /**
   * The output, or `{ error: { type, code } }`.
   */
  output?: TemplateValue;
  /**
   * For an action that makes several requests, instead of `request` and `response`: all of them in order.
   */
  calls?: ExpectedCall[];
}
export interface ExpectedCall {
  /**
   * As `request`.
   */
  request: Json;
  /**
   * As `response`.
   */
  response: Json;
}
/**
 * Reads what a thin event only names, before the call is answered: at most 100 events a call, 10 s each. What is gone (404, 410) starts no run; any other failure refuses the call with 503, so that it is sent again.
 */
export interface Fetch {
  /**
   * Reads the call (`body`, `headers`, `query`), `item`, `input`, `connection`, `subscription`.
   */
  request: RequestReference;
  /**
   * Every member of this list starts a run and needs an id of its own (`eventId` reads it as `fetched`); without it the whole answer starts one. A path in the answer, such as `body.changes`.
   */
  items?: Path;
}
/**
 * Fields that are known only at the service, such as columns or custom fields, turned into members of an input (`x-fieldsFrom`) while the step or trigger is set up.
 */
export interface FieldSource {
  /**
   * The request, a reading one. Reads `input` (what is filled in so far), `connection`, `search`, `now`. An action's answer is read as `output`.
   */
  request: RequestReference;
  /**
   * Where the list of descriptions is.
   */
  items: Path;
  /**
   * Inputs that must be filled in before, such as `spreadsheetId` or `path.owner`; a change of one asks again.
   */
  dependsOn?: string[];
  /**
   * How long an answer may be used again for the same connection and inputs, in seconds; 0 unless said otherwise.
   */
  cacheSeconds?: number;
  /**
   * When the list comes in pages; at most 500 fields are read.
   */
  pagination?: Pagination;
  field: Field;
}
/**
 * What one description becomes. All templates read `item`, `index`, `input`, `connection`.
 */
export interface Field {
  /**
   * Name of the member.
   */
  key: Template;
  /**
   * What people see.
   */
  title: Template;
  /**
   * A sentence below it.
   */
  help?: Template;
  type?: FieldType;
  /**
   * True at this place makes the member required, such as `item.required`.
   */
  required?: Path;
  options?: FieldOptions;
  /**
   * A description for which this holds makes no member.
   */
  skipWhen?: Condition;
}
/**
 * Which schema the member gets.
 */
export interface FieldType {
  /**
   * Where the service's name of the type is, such as `item.type`.
   */
  from: Path;
  /**
   * Schemas by that name.
   */
  map: {
    [k: string]: JsonSchema;
  };
  /**
   * For every other name.
   */
  default: JsonSchema;
}
/**
 * Its choices.
 */
export interface FieldOptions {
  /**
   * Where they are, such as `item.options`.
   */
  items: Path;
  /**
   * What is stored: reads `option` and what the others read.
   */
  value: Template;
  /**
   * What people see.
   */
  label: Template;
}
/**
 * A call that asks whether somebody is there, and starts no run. It is answered also while the workflow is off.
 */
export interface Handshake {
  /**
   * Which calls: reads the call, `input`, `connection`, `subscription`, `now`; a secret is compared by a sender check and `verifyFirst`.
   */
  when: Condition;
  /**
   * Only after a sender check has passed. Needed where the answer is computed with a secret, and for `confirm`.
   */
  verifyFirst?: boolean;
  /**
   * The answer; 200 without a body unless said otherwise.
   */
  respond?: Answer;
  /**
   * Values to keep, sealed, read later as `stored.<name>` in sender checks. Without `verifyFirst` what is kept is not replaced, but while the subscription is made or the workflow is off.
   */
  store?: {
    [k: string]: Template;
  };
  /**
   * A request to make, such as a GET of the address that the call brings. It reads the call; to an address that the call names it goes with `auth: none`, and only to hosts of the app.
   */
  confirm?: Request;
}
/**
 * How the far side recognises a repeat. The key is the same for every attempt of one step.
 */
export interface Idempotency {
  /**
   * `header`, `field` (a member of a JSON or form body) and `query` send the key under `name`; `natural`: repeating changes nothing by itself (a PUT, a DELETE); `none`: a repeat would act twice.
   */
  mode: 'header' | 'field' | 'query' | 'natural' | 'none';
  /**
   * Name of the header, body member (a path with dots, where a number is a place in a list) or parameter. Needed for header, field and query.
   */
  name?: string;
  /**
   * The key sent; `run.idempotencyKey` unless said otherwise. Reads `run`, `input`, `connection`.
   */
  value?: Template;
  /**
   * When this holds (it reads `input`), an unknown outcome is put to a person although a key was sent.
   */
  askWhen?: Condition;
}
/**
 * One address for all events of an app, registered once at the service; each workspace has its own.
 */
export interface Ingress {
  /**
   * Sender checks read the credentials of the connections that `routeBy` names; a call that names none of them (a handshake, an account that nobody has connected) is checked with any 20 of the app. `fetch` and `map` belong to the triggers.
   */
  receive: Receive;
  routeBy?: Route;
}
/**
 * Which connections an event belongs to. Left out where events name no account: all of its connections whose credentials bear the call out get it.
 */
export interface Route {
  /**
   * What the event names, such as `{{body.team_id}}`: reads the call, and `item`.
   */
  event: Template;
  /**
   * The setting of the connection, declared in `connectionSchema`, that must equal it, such as `teamId`.
   */
  connection: string;
}
/**
 * Which events of the app's one address belong to this trigger, and what they become.
 */
export interface IngressMatch {
  /**
   * Reads the call, `item` when `ingress.receive.items` is there, `input`, `connection`.
   */
  match: Condition;
  fetch?: Fetch;
  /**
   * What a run starts with; also reads `fetched`.
   */
  map?: TemplateValue;
}
/**
 * How to undo the action.
 */
export interface Inverse {
  /**
   * An action of this connector.
   */
  action: Key;
  /**
   * Its input: reads `input` and `output` of the action undone, and `connection`.
   */
  input: {
    [k: string]: TemplateValue;
  };
  /**
   * How long it can be undone, as an ISO 8601 duration such as `PT24H`; null or absent: no limit.
   */
  window?: string | null;
  /**
   * False when something stays behind, such as a mail already sent.
   */
  complete?: boolean;
}
/**
 * A signed token (JWT) that proves who we are. `iat` and `exp` are set unless `claims` names them.
 */
export interface Jwt {
  /**
   * How it is signed.
   */
  alg: 'HS256' | 'HS384' | 'HS512' | 'RS256' | 'RS384' | 'RS512' | 'PS256' | 'ES256' | 'ES384' | 'EdDSA';
  /**
   * The secret, or the private key as PEM. Reads `credentials.*` and `connection.*`.
   */
  key: Template;
  /**
   * How the key is written: `utf8` unless said otherwise for HS algorithms, `pem` for the others.
   */
  keyEncoding?: 'utf8' | 'hex' | 'base64' | 'pem';
  /**
   * Further members of the token's header, such as `kid`. Reads `credentials.*`, `connection.*`, `now`.
   */
  header?: {
    [k: string]: Template;
  };
  /**
   * What the token says. Reads `credentials.*`, `connection.*`, `now`; a member whose hole has no value is left out.
   */
  claims: {
    [k: string]: TemplateValue;
  };
  /**
   * How long it is good for; 300 unless said otherwise.
   */
  ttlSeconds?: number;
}
/**
 * One request of a login, a refresh or a logout. Its templates read `credentials.*`, `connection.*`, `now`, and of earlier steps `steps.<id>.<name>`; those of a refresh and a logout also `auth.<name>`. What fails is told like a failed action, by its own error rules and those of `defaults`.
 */
export interface LoginStep {
  /**
   * Its name in `steps.<id>`.
   */
  id: string;
  /**
   * GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS, TRACE, those of WebDAV (PROPFIND, PROPPATCH, REPORT, SEARCH, MKCOL, MKCALENDAR, COPY, MOVE, LOCK, UNLOCK), or one lone hole on an input whose schema is an `enum` of these.
   */
  method: string;
  /**
   * Name of an entry of `servers`; without it `baseUrl`.
   */
  server?: Key;
  /**
   * Path below the base address, starting with `/`; empty: the base address itself. `{x}` is a member of `pathSchema`, `{{…}}` an expression; both are encoded as one path segment (`/` becomes `%2F`). `{+x}` keeps slashes, of a member of `pathSchema` or of the input `x`. Or a whole address inside `allowedHosts`.
   */
  endpointTemplate: string;
  headersTemplate?: HeadersTemplate;
  queryTemplate?: QueryTemplate;
  /**
   * The body, built as a value and then written in `bodyFormat`.
   */
  bodyTemplate?: TemplateValue;
  /**
   * `json` (default), where `{ "base64Of": <file> }` becomes the content of a file as base64 text, and is left out where the file is absent; `form`; `multipart`: a form with files, where `{ "base64", "fileName", "contentType" }` and a reference `{ "fileId", "name", "contentType" }` are files, other objects are JSON and a list repeats its field; `multipartRelated`: a list of parts `{ "contentType", "json" | "text" | "base64" | "file" }`, `file` being a reference; `binary`: a reference, base64 text, or `{ "base64", "contentType" }`, sent as bytes; `xml`: an object with one member, the root, where `@name` is an attribute and `#text` the text beside attributes; `graphql` and `jsonRpc`: the body template holds the variables or parameters; `text`; `none`; or `auto`: a text goes as it is, anything else as JSON. May be a lone hole for none, json, form, text and auto.
   */
  bodyFormat?: string;
  /**
   * Credentials in headers or query of this request, such as `Authorization`.
   */
  apply?: Placement[];
  /**
   * Success only when this holds, such as `{{status == 409}}` for a service that refuses the first call and names the session in that answer; without it any 2xx.
   */
  successWhen?: Condition;
  /**
   * First rule that holds wins; those of `defaults` come after.
   */
  errors?: ErrorRule[];
  /**
   * Values kept from the answer, by name; paths begin with `body` or `headers`. Later steps read them as `steps.<id>.<name>`, `auth[].apply` as `auth.<name>`.
   */
  capture?: {
    [k: string]: Path;
  };
}
/**
 * How steps of an older version become steps of this one.
 */
export interface Migration {
  /**
   * Which versions: `1.x`, `1.2.x` or `1.2.3`.
   */
  from: string;
  /**
   * The version that changed it, such as `2.0.0`.
   */
  to: string;
  /**
   * New keys of actions by their former ones.
   */
  actions?: {
    [k: string]: Key;
  };
  /**
   * New keys of triggers by their former ones.
   */
  triggers?: {
    [k: string]: Key;
  };
  /**
   * Changes of inputs.
   */
  inputs?: MigrationPart[];
  /**
   * Changes of outputs: later steps that read `steps.<id>.output` follow them.
   */
  outputs?: MigrationPart[];
  /**
   * Connections must sign in again.
   */
  reauth?: boolean;
}
/**
 * One change of an input or output. Which keys belong to which `op` is said with each.
 */
export interface MigrationOperation {
  /**
   * `move`: from one place to another. `remove`. `set`: a fixed value. `wrap`: a value becomes a list of it. `unwrap`: a list becomes its first. `mapValues`: values become others.
   */
  op: 'move' | 'remove' | 'set' | 'wrap' | 'unwrap' | 'mapValues';
  /**
   * move: the former place.
   */
  from?: Path;
  /**
   * move: the new place.
   */
  to?: Path;
  /**
   * The place; all but move.
   */
  path?: Path;
  /**
   * set: the value.
   */
  value?: TemplateValue;
  /**
   * set: only where nothing stands.
   */
  ifAbsent?: boolean;
  /**
   * mapValues: new values by the text of the former ones.
   */
  map?: {
    [k: string]: TemplateValue;
  };
}
/**
 * Changes of one action or trigger.
 */
export interface MigrationPart {
  /**
   * Its new key.
   */
  of: Key;
  /**
   * Done in this order.
   */
  operations: MigrationOperation[];
}
/**
 * How tokens are got and renewed. State, redirect address, code, PKCE (always S256) and client credentials are the platform's.
 */
export interface OAuth2 {
  /**
   * `authorization_code`: a person signs in in the browser. `device_code`: a person types a short code at the service, on any device (RFC 8628). `client_credentials`, `password`, `jwt_bearer`: the platform gets the token by itself. Any other name is an extension grant, sent as `grant_type` with the parameters of `tokenParams`.
   */
  grant: string;
  /**
   * Where the person signs in; needed for `authorization_code`. Reads `connection.*`.
   */
  authorizationUrl?: Template;
  /**
   * Where a code for a person is asked for; needed for `device_code`. Reads `connection.*`.
   */
  deviceAuthorizationUrl?: Template;
  /**
   * Where tokens are given. Reads `connection.*`.
   */
  tokenUrl: Template;
  /**
   * Where tokens are renewed, if elsewhere. Reads `connection.*`.
   */
  refreshUrl?: Template;
  /**
   * Where tokens are given back when the connection is deleted (RFC 7009). Reads `connection.*`.
   */
  revokeUrl?: Template;
  /**
   * Scopes to ask for.
   */
  scopes: Scope[];
  /**
   * Between scopes; a blank unless said otherwise.
   */
  scopeSeparator?: ' ' | ',' | ';' | '|' | '+';
  /**
   * Name of the scope parameter; `scope` unless said otherwise.
   */
  scopeParam?: string;
  /**
   * Further lists of scopes in the sign-in address, by parameter name.
   */
  extraScopeParams?: {
    /*     */
    [k: string]: string[];
  };
  /**
   * Further parameters of the sign-in address. Reads `connection.*` and what is no secret of `credentials.*`.
   */
  authorizationParams?: {
    [k: string]: Template;
  };
  /**
   * Further parameters of every token request. Reads `connection.*`, `credentials.*` and, after a sign-in, `callback.*`: the parameters of the callback.
   */
  tokenParams?: {
    [k: string]: Template;
  };
  /**
   * Further parameters of requests that renew. Reads `connection.*` and `credentials.*`.
   */
  refreshParams?: {
    [k: string]: Template;
  };
  /**
   * Further headers of every token request. Reads `connection.*` and `credentials.*`.
   */
  tokenHeaders?: {
    [k: string]: Template;
  };
  /**
   * Standard parameters that the service does not take. One that is omitted may be set by `authorizationParams` or `tokenParams`.
   */
  omitParams?: ('response_type' | 'scope' | 'redirect_uri' | 'client_id' | 'grant_type' | 'code')[];
  /**
   * How the client proves itself; `client_secret_basic` unless said otherwise, `none` for `jwt_bearer`.
   */
  tokenAuthMethod?: 'client_secret_basic' | 'client_secret_post' | 'none' | 'private_key_jwt';
  /**
   * How a token request is written; `form` unless said otherwise.
   */
  tokenBodyFormat?: 'form' | 'json' | 'query';
  /**
   * `POST` unless said otherwise; `GET` needs `tokenBodyFormat` `query`.
   */
  tokenMethod?: 'POST' | 'GET';
  /**
   * Always S256; may be written down.
   */
  pkce?: 'S256';
  /**
   * Name of the state parameter in the sign-in address and the callback; `state` unless said otherwise.
   */
  stateParam?: string;
  /**
   * The parameter in which the callback brings the code; `code` unless said otherwise.
   */
  codeParam?: string;
  /**
   * Where the answer holds its tokens.
   */
  tokenResponse?: TokenResponse;
  /**
   * The service gives a new refresh token at every refresh. Refreshing is done by one process at a time in any case, and the new token is stored before it is used.
   */
  rotatesRefreshToken?: boolean;
  /**
   * How long a token lives when the service does not say.
   */
  accessTokenTtlSeconds?: number;
  /**
   * Renew this long before the token ends; 60 unless said otherwise, and never more than a quarter of its life.
   */
  refreshMarginSeconds?: number;
  /**
   * Answers that mean that the token is over; a 401 does in any case.
   */
  refreshOn?: RefreshOn;
  /**
   * The assertion of `jwt_bearer` or `private_key_jwt`. For `private_key_jwt` the claims `iss`, `sub`, `aud` and `jti` are filled in.
   */
  jwt?: Jwt;
}
/**
 * Where the choices of an input come from (`x-optionsFrom`).
 */
export interface OptionSource {
  /**
   * The request, a reading one. Reads `input` (what is filled in so far), `connection`, `search`, `now`. An action's answer is read as `output`.
   */
  request: RequestReference;
  /**
   * Where the list is: `body.channels`, or `output` for an action.
   */
  items: Path;
  /**
   * What is stored: reads `item`, `index`, `input`, `connection`.
   */
  value: Template;
  /**
   * What people see: reads the same.
   */
  label: Template;
  /**
   * Inputs that must be filled in before, such as `spreadsheetId` or `path.owner`; a change of one asks again.
   */
  dependsOn?: string[];
  /**
   * How long an answer may be used again for the same connection and inputs, in seconds; 0 unless said otherwise.
   */
  cacheSeconds?: number;
  /**
   * When the list comes in pages; at most 1,000 choices are read. A source whose request reads `search` asks the service again while a person types; others are searched in what was read.
   */
  pagination?: Pagination;
}
/**
 * How a list that comes in pages is read to its end. The output is the list of all items (or what `response.map` makes of `items`). Reading ends where the service says so, at the action's `maxItems`, and with a failure when a cursor or address comes back (`pagination_loop`) or after 100 pages. Which keys belong to which type is said with each; others are refused.
 */
export interface Pagination {
  /**
   * `none`: one request, one page. `cursor`: the answer names what to send for the next page. `page`: pages are counted. `offset`: items are counted. `link`: the header `Link` names the next address. `nextUrl`: the body does. `range`: the headers `Range` and `Content-Range`. `continue`: the answer holds an object of parameters for the next query.
   */
  type: 'none' | 'cursor' | 'page' | 'offset' | 'link' | 'nextUrl' | 'range' | 'continue';
  /**
   * Where the list is, such as `body.items`; `body` when the answer is the list. All types but `none` need it.
   */
  items?: Path;
  /**
   * cursor, nextUrl: where the next cursor or address is; it may be in the last item, such as `body.data[-1].id`. Absent, null, false or empty: this was the last page. Or an expression where it has to be computed, such as `{{items[-1].id}}` for lists that go on after the last key: reads `status`, `headers`, `body` and `items`, those of this page; it is over where something that is read is missing.
   */
  next?: string;
  send?: PageSend;
  /**
   * page: number of the first page; 1 unless said otherwise. offset: the first offset; 0 unless said otherwise.
   */
  start?: number;
  size?: PageSize;
  /**
   * cursor, page, offset, nextUrl: true when there are more pages; false, null, 0 or absent ends.
   */
  hasMore?: Path;
  /**
   * page: how many pages there are, such as `headers['x-total-pages']`.
   */
  totalPages?: Path;
  /**
   * offset: how many items there are.
   */
  total?: Path;
  /**
   * link: the header; `link` unless said otherwise.
   */
  header?: string;
  /**
   * link: the relation; `next` unless said otherwise.
   */
  rel?: string;
  param?: LinkParameter;
  /**
   * nextUrl: adds the parameters of the first request that the next address lacks.
   */
  keepQuery?: boolean;
  /**
   * continue: where the object is; its members are merged into the next query.
   */
  merge?: Path;
}
/**
 * cursor, page, offset: where the cursor, the number of the page or the offset goes.
 */
export interface PageSend {
  /**
   * Query parameter, member of the body, header, or path: the place `{name}` of `endpointTemplate`, for a cursor that of `send.endpointTemplate`.
   */
  in: 'query' | 'body' | 'header' | 'path';
  /**
   * Its name; in a body a path with dots, where a number is a place in a list. The path begins in what `bodyTemplate` holds, so for `graphql` and `jsonRpc` in the variables or parameters.
   */
  name: string;
  /**
   * cursor: further pages are read from this path instead. Then `send` is all that goes with them: no other parameter, no other member of the body.
   */
  endpointTemplate?: string;
}
/**
 * How many items a page has. offset and range need it. Not more than the service allows: a page with fewer items is taken for the last, unless `hasMore`, `total` or `totalPages` says otherwise.
 */
export interface PageSize {
  /**
   * Where it is sent; not for range.
   */
  in?: 'query' | 'body' | 'header';
  /**
   * Its name.
   */
  name?: string;
  /**
   * Items a page.
   */
  value: number;
}
/**
 * link: only followed when the link has this parameter, such as `results` equal to `true`.
 */
export interface LinkParameter {
  /**
   * Parameter of the link.
   */
  name: string;
  /**
   * Its value.
   */
  equals: string;
}
/**
 * Where one credential goes on every request.
 */
export interface Placement {
  /**
   * Header, query parameter or cookie; `path`: the place `{name}` in the endpoints of the app, such as `/bot{token}/send`; `body`: a member of a JSON or form body. A credential in the query or path of a plain `http:` address is refused.
   */
  in: 'header' | 'query' | 'path' | 'cookie' | 'body';
  /**
   * Name of the header, parameter, cookie, place or member; in a JSON body a path with dots, where a number is a place in a list and the credential goes before what stands there, such as `params.0` for the first parameter of `jsonRpc`; for a header also a template, so that CUSTOM_HEADER can say `{{credentials.headerName}}`.
   */
  name: string;
  /**
   * Reads `credentials.*` and `connection.*`.
   */
  value: Template;
  /**
   * Placed only when this holds.
   */
  when?: Condition;
}
/**
 * Asks again and again and tells new items apart.
 */
export interface Poll {
  /**
   * Reads `input`, `connection`, `cursor`, `now`. `cursor` is absent at the first poll unless `cursor.initial` is there.
   */
  request: RequestReference;
  /**
   * Where the list is, such as `body.items`; `output` for an action. With `pagination` the same as its `items`.
   */
  items: Path;
  /**
   * What makes an item itself: reads `item`, `index`, `input`, `connection`. The id; with `updatedKey` every change counts as new as well.
   */
  dedupeKey: Template;
  /**
   * What changes when an item changes, such as `{{item.updated_at}}`: an item whose value is another one counts as new again. Reads what `dedupeKey` reads; where it is missing, the key alone counts.
   */
  updatedKey?: Template;
  /**
   * How the service sorts.
   */
  order: 'newest-first' | 'oldest-first' | 'none';
  /**
   * At most this many runs start in one interval; more wait as long as it takes, the oldest first.
   */
  maxItems: number;
  /**
   * Never more often than this; people choose an interval, 5 minutes unless they do.
   */
  minIntervalMs: number;
  /**
   * What to do with items that are there at the first poll: start no run, or one for the newest.
   */
  firstRun: 'skip' | 'emit-latest';
  /**
   * How many keys are remembered; those of the last answer always are.
   */
  keepSeen: number;
  /**
   * Only items for which this holds start runs: reads `item`, `index`, `cursor`, `input`, `connection`. The others are remembered as seen and counted. A condition that cannot be asked of an item does not hold.
   */
  filter?: Condition;
  fetch?: PollFetch;
  /**
   * What a run starts with, made of one item: reads `item`, `index` (of the poll), `cursor`, `input`, `connection`, and with `fetch` also `fetched`. Without it what was fetched, else the item.
   */
  map?: TemplateValue;
  cursor?: PollCursor;
  /**
   * When the list comes in pages.
   */
  pagination?: Pagination;
}
/**
 * Reads each new item in full before its run starts: at most 100 a poll, 8 at once, 10 s each and 20 s altogether; the rest follows with the next poll. What is gone (404, 410) starts no run; an item that cannot be read stays new, the cursor does not pass it, and the others go on.
 */
export interface PollFetch {
  /**
   * Reads `item`, `index`, `cursor`, `input`, `connection`, `now`; changes nothing.
   */
  request: RequestReference;
}
/**
 * A place in the list that the next poll goes on from, read as `cursor`.
 */
export interface PollCursor {
  /**
   * `last`, `max`: reads `item`, `index`, `cursor`; `response`: reads `body`, `headers`, `cursor`.
   */
  value: Template;
  /**
   * `max`: the greatest of all items. `last`: of the newest item. `response`: once, of the last answer.
   */
  pick: 'max' | 'last' | 'response';
  /**
   * How values are compared by `max`; `string` unless said otherwise.
   */
  type?: 'string' | 'number' | 'date';
  /**
   * At the first poll: reads `now`, `connection`, `input`.
   */
  initial?: Template;
  /**
   * With the type `date`: ask this much further back, for services that show items late.
   */
  overlapMs?: number;
}
/**
 * How many requests the service takes. Four fifths of it are used, by all processes together, and no window holds more. A request that would be too many waits, up to 30 seconds and as long as 10 seconds of the action's time (or half of it) are left. Where the wait is longer the call fails with RATE_LIMIT; if it had sent nothing, the run waits without a worker, goes on when there is room, and this was no attempt.
 */
export interface RateLimit {
  /**
   * Requests in a window.
   */
  limit: number;
  /**
   * Length of a window in milliseconds, such as 60000.
   */
  windowMs: number;
  /**
   * Whom the limit counts for. `connection`, unless said otherwise: each connection has its own, for a service that counts each account. `app`: all connections of the workspace whose credentials have the same `clientId` share one, and where there is none all connections of the app, for a service that counts each client. `tenant`: all requests of the workspace to the app share one, through whichever connection and client and without a connection, for a service that counts a company or an address. Another workspace is never waited for and never seen.
   */
  scope?: 'connection' | 'app' | 'tenant';
  /**
   * What of it has a count of its own, such as `{{input.channel}}` for so many messages in each channel; in `defaults` only `connection` can be read. A name that is missing counts as empty.
   */
  key?: Template;
  /**
   * Requests that may be under way at once, from the first byte until the whole answer is there, in all processes together; counted for the same `scope` and `key`. All of them are used. A request that would be one too many waits as above. One whose process died counts until its time limit is over.
   */
  concurrency?: number;
  /**
   * Header of an answer that says how many requests are left. At a fifth of the limit or less, further requests wait until the reset.
   */
  remainingHeader?: string;
  /**
   * When the count begins anew.
   */
  reset?: RetryAfter;
}
/**
 * What to do with a call that comes in: answer a handshake, check the sender, take its events. All events of one call start their runs in one commit, or the call is refused whole. What leaves a call as a run or a receipt reads the call (`method`, `url`, `query`, `headers`, `body`, `rawBody`), `input`, `connection`, and with `items` also `item` and `index`: never a secret.
 */
export interface Receive {
  /**
   * `auto` (default) follows the content type; `formJson`: a form whose fields hold JSON. A body that is not what it should be is refused.
   */
  bodyFormat?: 'auto' | 'json' | 'form' | 'formJson' | 'xml' | 'text';
  /**
   * The first whose condition holds answers.
   */
  handshake?: Handshake[];
  /**
   * One of these must pass, else the call is answered 401 and nothing is stored. Empty only with `secretInUrl`; then GET, HEAD and OPTIONS start nothing.
   */
  verify: SenderCheck[];
  /**
   * The address itself is the secret; the service signs nothing.
   */
  secretInUrl?: boolean;
  /**
   * Where the events are when one call brings several, such as `body.events`; at most 1,000. Absent in a call: it brings none.
   */
  items?: Path;
  /**
   * What makes an event itself: the same again within 30 days starts no second run. With `fetch` it also reads `fetched`. Without it only the id of Standard Webhooks counts.
   */
  eventId?: Template;
  /**
   * Only these events start runs; also reads `subscription`. A condition that cannot be asked of an event does not hold.
   */
  filter?: Condition;
  fetch?: Fetch;
  /**
   * What a run starts with; also reads `fetched`. Without it what was fetched, else the item, else the body.
   */
  map?: TemplateValue;
  /**
   * The answer to a call that was taken; 200 unless said otherwise.
   */
  respond?: Answer;
  /**
   * Calls are refused when they were signed longer ago than this; every sender check must know when.
   */
  maxAgeSeconds?: number;
}
/**
 * Which answers mean that the token is over, besides errors of the type AUTH. It is asked before the answer is read as an output. The token is renewed and the call sent once more; so name only answers that prove that nothing was done.
 */
export interface RefreshOn {
  /**
   * Statuses, such as 403 or 498.
   */
  status?: number[];
  /**
   * Reads `status`, `headers`, `body`.
   */
  when?: Condition;
}
/**
 * One HTTP request.
 */
export interface Request {
  /**
   * GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS, TRACE, those of WebDAV (PROPFIND, PROPPATCH, REPORT, SEARCH, MKCOL, MKCALENDAR, COPY, MOVE, LOCK, UNLOCK), or one lone hole on an input whose schema is an `enum` of these.
   */
  method: string;
  /**
   * Name of an entry of `servers`; without it `baseUrl`.
   */
  server?: Key;
  /**
   * Path below the base address, starting with `/`; empty: the base address itself. `{x}` is a member of `pathSchema`, `{{…}}` an expression; both are encoded as one path segment (`/` becomes `%2F`). `{+x}` keeps slashes, of a member of `pathSchema` or of the input `x`. Or a whole address inside `allowedHosts`.
   */
  endpointTemplate: string;
  headersTemplate?: HeadersTemplate;
  queryTemplate?: QueryTemplate;
  /**
   * The body, built as a value and then written in `bodyFormat`.
   */
  bodyTemplate?: TemplateValue;
  /**
   * `json` (default), where `{ "base64Of": <file> }` becomes the content of a file as base64 text, and is left out where the file is absent; `form`; `multipart`: a form with files, where `{ "base64", "fileName", "contentType" }` and a reference `{ "fileId", "name", "contentType" }` are files, other objects are JSON and a list repeats its field; `multipartRelated`: a list of parts `{ "contentType", "json" | "text" | "base64" | "file" }`, `file` being a reference; `binary`: a reference, base64 text, or `{ "base64", "contentType" }`, sent as bytes; `xml`: an object with one member, the root, where `@name` is an attribute and `#text` the text beside attributes; `graphql` and `jsonRpc`: the body template holds the variables or parameters; `text`; `none`; or `auto`: a text goes as it is, anything else as JSON. May be a lone hole for none, json, form, text and auto.
   */
  bodyFormat?: string;
  /**
   * Instead of the format's own content type.
   */
  bodyContentType?: string;
  graphql?: GraphQL1;
  jsonRpc?: JsonRpc1;
  /**
   * How lists are written in the query and in form bodies; a schema says it for one member with `x-arrayStyle`. `repeat` (default) `a=1&a=2`, `brackets` `a[]=1`, `indexed` `a[0]=1`, `csv` `a=1,2`, `space`, `pipe`, `tab`, `json`.
   */
  arrayStyle?: 'repeat' | 'brackets' | 'indexed' | 'csv' | 'space' | 'pipe' | 'tab' | 'json';
  /**
   * The same for objects (`x-objectStyle`): `json` (default), `brackets` `a[b]=1` at every depth, `dots` `a.b=1`, `flat` `b=1`, `csv` `a=b,1`, and `space` and `pipe`, parted by these.
   */
  objectStyle?: 'brackets' | 'dots' | 'json' | 'flat' | 'csv' | 'space' | 'pipe';
  /**
   * Left out: JSON is a value, text (XML among it) is text, other content is `{ contentType, bytes, base64 }`, by the answer's content type. `auto`: the same, and XML is an object. `ndjson`: a list with one JSON value a line; `csv`: a list of objects named by the first line, with texts as values; `xml`: an object, where `@name` is an attribute, `#text` the text beside attributes and a repeated element a list; `sse`: a list of events `{ event, id, data }`, data parsed when it is JSON, read until the stream ends or `maxItems` of an action are there; `binary`: `{ contentType, bytes, base64 }` whatever the type; `file`: kept as it comes, up to the limit of a file, and the body is its reference `{ fileId, name, contentType, size }`. An answer with a status from 400 is read by its content type.
   */
  responseFormat?: 'auto' | 'json' | 'text' | 'ndjson' | 'csv' | 'xml' | 'sse' | 'binary' | 'file' | 'none';
  response?: Response;
  /**
   * Success only when this holds; without it any 2xx. Asked after `errors`.
   */
  successWhen?: Condition;
  /**
   * First rule that holds wins.
   */
  errors?: ErrorRule[];
  /**
   * Message of a failure that no rule named.
   */
  errorMessage?: Template;
  /**
   * For the whole call; 30,000 unless said otherwise.
   */
  timeoutMs?: number;
  /**
   * Until the request can be written, within `timeoutMs`; 10,000 unless said otherwise. A call that ends here was never sent.
   */
  connectTimeoutMs?: number;
  /**
   * A larger answer is a failure, as it came and unpacked; 10 MiB unless said otherwise.
   */
  maxResponseBytes?: number;
  /**
   * `allowed-hosts` (default): a redirect is followed to hosts of the app, with credentials to the first origin alone; `same-host`: to the same host and port; `never`: the redirect itself is the answer.
   */
  followRedirects?: 'allowed-hosts' | 'same-host' | 'never';
  retry?: Retry;
  /**
   * `inherit` (default): as the connection was made; `none`: send no credential; or the key of another entry of `auth`: signed in as that one does it, filled with the credentials and settings of this connection, whose own schemas must declare all that it reads. A token that it has to get is got and kept by itself. One that a person signs in for cannot be named. An entry whose key is `inherit` or `none` cannot be named either.
   */
  auth?: Key;
}
/**
 * For the body format `graphql`: the document, fixed. Values go into `bodyTemplate`, whose members are the variables. The output is `data`; `errors` in the answer are a failure unless `errors` or `successWhen` says otherwise.
 */
export interface GraphQL1 {
  /**
   * The query or mutation, without {{ … }}.
   */
  query: string;
  /**
   * Needed when the document has several operations.
   */
  operationName?: string;
}
/**
 * For the body format `jsonRpc` (version 2.0): the method, fixed. `bodyTemplate` holds the parameters. The output is `result`; an `error` in the answer is a failure.
 */
export interface JsonRpc1 {
  /**
   * Name of the method, without {{ … }}.
   */
  method: string;
}
/**
 * A request that an action makes before or after its own. All share the action's time limit and are repeated with it.
 */
export interface RequestStep {
  /**
   * Its name: later requests read what it captured as `steps.<id>.<name>`. `main` and `job` are taken.
   */
  id: string;
  /**
   * The request is made only when this holds; it reads `input` and `steps`.
   */
  when?: Condition;
  /**
   * What later requests may read, by name: paths in the answer such as `body.sha` or `headers.location`. What is not there is not captured.
   */
  capture?: {
    [k: string]: Path;
  };
  /**
   * GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS, TRACE, those of WebDAV (PROPFIND, PROPPATCH, REPORT, SEARCH, MKCOL, MKCALENDAR, COPY, MOVE, LOCK, UNLOCK), or one lone hole on an input whose schema is an `enum` of these.
   */
  method: string;
  /**
   * Name of an entry of `servers`; without it `baseUrl`.
   */
  server?: Key;
  /**
   * Path below the base address, starting with `/`; empty: the base address itself. `{x}` is a member of `pathSchema`, `{{…}}` an expression; both are encoded as one path segment (`/` becomes `%2F`). `{+x}` keeps slashes, of a member of `pathSchema` or of the input `x`. Or a whole address inside `allowedHosts`.
   */
  endpointTemplate: string;
  headersTemplate?: HeadersTemplate;
  queryTemplate?: QueryTemplate;
  /**
   * The body, built as a value and then written in `bodyFormat`.
   */
  bodyTemplate?: TemplateValue;
  /**
   * `json` (default), where `{ "base64Of": <file> }` becomes the content of a file as base64 text, and is left out where the file is absent; `form`; `multipart`: a form with files, where `{ "base64", "fileName", "contentType" }` and a reference `{ "fileId", "name", "contentType" }` are files, other objects are JSON and a list repeats its field; `multipartRelated`: a list of parts `{ "contentType", "json" | "text" | "base64" | "file" }`, `file` being a reference; `binary`: a reference, base64 text, or `{ "base64", "contentType" }`, sent as bytes; `xml`: an object with one member, the root, where `@name` is an attribute and `#text` the text beside attributes; `graphql` and `jsonRpc`: the body template holds the variables or parameters; `text`; `none`; or `auto`: a text goes as it is, anything else as JSON. May be a lone hole for none, json, form, text and auto.
   */
  bodyFormat?: string;
  /**
   * Instead of the format's own content type.
   */
  bodyContentType?: string;
  graphql?: GraphQL2;
  jsonRpc?: JsonRpc2;
  /**
   * How lists are written in the query and in form bodies; a schema says it for one member with `x-arrayStyle`. `repeat` (default) `a=1&a=2`, `brackets` `a[]=1`, `indexed` `a[0]=1`, `csv` `a=1,2`, `space`, `pipe`, `tab`, `json`.
   */
  arrayStyle?: 'repeat' | 'brackets' | 'indexed' | 'csv' | 'space' | 'pipe' | 'tab' | 'json';
  /**
   * The same for objects (`x-objectStyle`): `json` (default), `brackets` `a[b]=1` at every depth, `dots` `a.b=1`, `flat` `b=1`, `csv` `a=b,1`, and `space` and `pipe`, parted by these.
   */
  objectStyle?: 'brackets' | 'dots' | 'json' | 'flat' | 'csv' | 'space' | 'pipe';
  /**
   * Left out: JSON is a value, text (XML among it) is text, other content is `{ contentType, bytes, base64 }`, by the answer's content type. `auto`: the same, and XML is an object. `ndjson`: a list with one JSON value a line; `csv`: a list of objects named by the first line, with texts as values; `xml`: an object, where `@name` is an attribute, `#text` the text beside attributes and a repeated element a list; `sse`: a list of events `{ event, id, data }`, data parsed when it is JSON, read until the stream ends or `maxItems` of an action are there; `binary`: `{ contentType, bytes, base64 }` whatever the type; `file`: kept as it comes, up to the limit of a file, and the body is its reference `{ fileId, name, contentType, size }`. An answer with a status from 400 is read by its content type.
   */
  responseFormat?: 'auto' | 'json' | 'text' | 'ndjson' | 'csv' | 'xml' | 'sse' | 'binary' | 'file' | 'none';
  response?: Response;
  /**
   * Success only when this holds; without it any 2xx. Asked after `errors`.
   */
  successWhen?: Condition;
  /**
   * First rule that holds wins.
   */
  errors?: ErrorRule[];
  /**
   * Message of a failure that no rule named.
   */
  errorMessage?: Template;
  /**
   * `inherit` (default): as the connection was made; `none`: send no credential; or the key of another entry of `auth`: signed in as that one does it, filled with the credentials and settings of this connection, whose own schemas must declare all that it reads. A token that it has to get is got and kept by itself. One that a person signs in for cannot be named. An entry whose key is `inherit` or `none` cannot be named either.
   */
  auth?: Key;
}
/**
 * For the body format `graphql`: the document, fixed. Values go into `bodyTemplate`, whose members are the variables. The output is `data`; `errors` in the answer are a failure unless `errors` or `successWhen` says otherwise.
 */
export interface GraphQL2 {
  /**
   * The query or mutation, without {{ … }}.
   */
  query: string;
  /**
   * Needed when the document has several operations.
   */
  operationName?: string;
}
/**
 * For the body format `jsonRpc` (version 2.0): the method, fixed. `bodyTemplate` holds the parameters. The output is `result`; an `error` in the answer is a failure.
 */
export interface JsonRpc2 {
  /**
   * Name of the method, without {{ … }}.
   */
  method: string;
}
/**
 * What an answer becomes.
 */
export interface Response {
  /**
   * Take only this part of the body as output, such as `body.data`. `body` itself keeps the envelope of GraphQL and JSON-RPC, which is taken off where there is no `response`.
   */
  unwrap?: Path;
  /**
   * Build the output: reads `status`, `headers`, `body`, `input`, `connection`, and with `pagination` also `items`, the items of all pages (`body` is then the last page). Without it the output is the body, with `pagination` the items.
   */
  map?: TemplateValue;
  /**
   * Build every item of the list that would be the output: reads `item`, `index` (from 0) and what `map` reads. With `responseFormat: "xml"` a single element counts as a list of one.
   */
  itemMap?: TemplateValue;
}
/**
 * When and how a failed call is repeated. Counts repeats: `maxRetries: 3` makes at most four calls. A call is repeated only when that is safe (see `idempotency`) or the answer proves that nothing happened.
 */
export interface Retry {
  /**
   * Repeats after the first call.
   */
  maxRetries: number;
  /**
   * `exponential` (default) doubles the wait each time, `fixed` keeps it.
   */
  backoff?: 'fixed' | 'exponential';
  /**
   * First wait; 1,000 unless said otherwise.
   */
  initialDelayMs?: number;
  /**
   * Longest wait; 60,000 unless said otherwise.
   */
  maxDelayMs?: number;
  /**
   * Spread the waits at random; on unless switched off.
   */
  jitter?: boolean;
  /**
   * Which failures are worth a repeat; without it 408, 425, 429, 500 to 599 and calls that got no answer.
   */
  retryOn?: RetryOn;
  /**
   * Kept for clarity: repeats are always limited to safe ones.
   */
  onlyIfIdempotent?: boolean;
  /**
   * Where the service says how long to wait; without it the header `retry-after`.
   */
  retryAfter?: RetryAfter[];
}
/**
 * One place where the service says how long to wait.
 */
export interface RetryAfter {
  from: RetryAfterSource;
  /**
   * `auto` tells the forms apart: a number is seconds, from 10^9 seconds since 1970, from 10^12 milliseconds since 1970; else a duration, an HTTP date or a date of RFC 3339. `duration`: `1m30s` (h, m, s, ms, us, ns) or `PT1M30S` of ISO 8601, without years and months.
   */
  unit:
    | 'auto'
    | 'seconds'
    | 'milliseconds'
    | 'epochSeconds'
    | 'epochMilliseconds'
    | 'httpDate'
    | 'rfc3339'
    | 'duration';
  /**
   * Takes the first group of this pattern out of the text, such as `try again in (\d+) seconds`; the first 2,000 characters are looked at. RE2 syntax: no look-around, no back references. A text without it says nothing.
   */
  regex?: string;
  /**
   * Never wait longer than this.
   */
  capMs?: number;
}
/**
 * A header, or a path in the answer's body.
 */
export interface RetryAfterSource {
  /**
   * Header name.
   */
  header?: string;
  body?: Path;
}
/**
 * Failures worth a repeat. An answer that asks to wait (429, or an error rule with the type RATE_LIMIT) always is one. A repeat is still made only when it does no harm (see `idempotency`).
 */
export interface RetryOn {
  /**
   * HTTP statuses worth a repeat; without it 408, 425 and 500 to 599.
   */
  status?: number[];
  /**
   * `false`: a call that got no answer (no connection, or the time was over) is not repeated.
   */
  network?: boolean;
  /**
   * Any further sign in the answer: reads `status`, `headers`, `body`, `input`, `connection`.
   */
  when?: Condition;
}
/**
 * One OAuth2 scope.
 */
export interface Scope {
  /**
   * As the service spells it.
   */
  name: string;
  /**
   * What it allows, for people.
   */
  label?: string;
  /**
   * Without it the connection does not work.
   */
  required?: boolean;
  /**
   * Asked for unless the person takes it away. A required scope always is.
   */
  default?: boolean;
}
/**
 * How it is made sure that a call comes from the service and was not changed. Always computed over the bytes as they came, compared in constant time. Which keys belong to which scheme is said with each; others are refused. Templates read `credentials`, `connection`, `webhook`, `subscription`, `stored`, and the call. What is ours to know (`secret`, `key`, …) may not be read from the call, what the caller sends (`signature`, `value`, `token`) only from it. A check whose secret is absent does not pass.
 */
export interface SenderCheck {
  /**
   * `hmac`: a keyed hash. `sharedToken`: a secret that is sent along. `basic`: HTTP Basic. `ed25519`, `ecdsa-p256`, `rsa-sha1`, `rsa-sha256`: signatures with a public key. `jwt`: a signed token. `standardWebhooks`: the headers webhook-id, webhook-timestamp and webhook-signature.
   */
  scheme:
    | 'hmac'
    | 'sharedToken'
    | 'basic'
    | 'ed25519'
    | 'ecdsa-p256'
    | 'rsa-sha1'
    | 'rsa-sha256'
    | 'jwt'
    | 'standardWebhooks';
  /**
   * hmac: the hash.
   */
  algorithm?: 'sha1' | 'sha256' | 'sha384' | 'sha512' | 'md5';
  /**
   * hmac, sharedToken, standardWebhooks: the secret, such as `{{webhook.secret}}` or `{{credentials.signingSecret}}`.
   */
  secret?: Template;
  /**
   * hmac: how the secret is written; `utf8` unless said otherwise.
   */
  secretEncoding?: 'utf8' | 'hex' | 'base64';
  /**
   * hmac and public keys: what was signed, such as `{{rawBody}}` or `v0:{{headers['x-timestamp']}}:{{rawBody}}`. A lone `{{rawBody}}` stands for the very bytes.
   */
  content?: Template;
  /**
   * hmac and public keys: where the signature is, such as `{{headers['x-signature']}}`.
   */
  signature?: Template;
  /**
   * hmac and public keys: how the signature is written.
   */
  encoding?: 'hex' | 'base64' | 'base64url';
  /**
   * hmac: text before the signature, such as `sha256=`; it must be there.
   */
  prefix?: string;
  list?: SignatureList;
  timestamp?: SignatureTime;
  /**
   * sharedToken: where the secret is sent, such as `{{headers['x-token']}}`.
   */
  value?: Template;
  /**
   * basic: the user name that must come.
   */
  username?: Template;
  /**
   * basic: the password that must come.
   */
  password?: Template;
  /**
   * public keys: the key, as PEM, or its bytes in `keyEncoding`.
   */
  publicKey?: Template;
  /**
   * public keys: how the key is written; `pem` unless said otherwise.
   */
  keyEncoding?: 'pem' | 'hex' | 'base64';
  /**
   * rsa, jwt: an https address inside `allowedHosts` where the certificate (PEM) or the key set (JWKS) is; kept for ten minutes. Where the call names it, `allowedHosts` may hold no `*`.
   */
  keyUrl?: Template;
  /**
   * jwt: where the token is.
   */
  token?: Template;
  /**
   * jwt: which algorithms are taken.
   */
  algorithms?: ('HS256' | 'HS512' | 'RS256' | 'ES256' | 'EdDSA')[];
  /**
   * jwt: the secret or public key (PEM).
   */
  key?: Template;
  /**
   * jwt: who the token must be for.
   */
  audience?: Template;
  /**
   * jwt: must hold; reads `claims` and what the others read.
   */
  claims?: Condition;
}
/**
 * hmac: the header holds several parts; any one that fits is enough.
 */
export interface SignatureList {
  /**
   * Between the parts, such as `,`.
   */
  separator: string;
  /**
   * Only parts that begin with this and `=`, such as `v1`.
   */
  key?: string;
}
/**
 * hmac and public keys: when it was sent. Too old or too far ahead is refused.
 */
export interface SignatureTime {
  /**
   * Where it is; it must be part of what is signed.
   */
  value: Template;
  /**
   * How it is written.
   */
  unit: 'seconds' | 'milliseconds' | 'rfc3339';
  /**
   * How far from now it may be.
   */
  toleranceSeconds: number;
}
/**
 * A login that gives a token or cookies for a while. It is made before the first call and again (or `refresh`) when it is over, once for all calls that wait for it.
 */
export interface Session {
  /**
   * Requests in order, each may use what the ones before it captured.
   */
  login: LoginStep[];
  /**
   * Requests that prolong a session that is over or about to be, made instead of a login. They read also `auth.<name>`, what the session has so far, and capture anew what the login captured; what they do not capture stays. When the service refuses them, or refused a session younger than a minute, the login is made.
   */
  refresh?: LoginStep[];
  /**
   * Requests that end the session at the service when the connection is deleted or its credentials are replaced. They read also `auth.<name>`; a service that cannot be reached keeps nobody waiting longer than 5 seconds.
   */
  logout?: LoginStep[];
  /**
   * Seconds until the session ends. Reads `status`, `headers`, `body` of the last answer and `steps`.
   */
  expiresIn?: Template;
  /**
   * When it ends: seconds or milliseconds since 1970, or a date. Reads what `expiresIn` reads.
   */
  expiresAt?: Template;
  /**
   * How long it lasts when the service does not say. Without any of the three it lasts until a call is refused.
   */
  ttlSeconds?: number;
  /**
   * Cookies that the login sets go with later steps and with every call.
   */
  cookies?: boolean;
  /**
   * Answers that mean that the session is over; a 401 does in any case.
   */
  refreshOn?: RefreshOn;
}
/**
 * How every request is signed. Which keys belong to which scheme is said with each; others are refused.
 */
export interface Signing {
  /**
   * `awsSigV4` for the type AWS_SIGV4, `oauth1` for OAUTH1 (RFC 5849), `hmac` for HMAC.
   */
  scheme: 'awsSigV4' | 'oauth1' | 'hmac';
  /**
   * awsSigV4: the service in the signature, such as `s3`. Reads `connection.*`. For `s3` paths are signed as S3 wants it.
   */
  service?: Template;
  /**
   * awsSigV4: the region, such as `{{connection.region}}`. Reads `connection.*`.
   */
  region?: Template;
  /**
   * oauth1: `HMAC-SHA1` unless said otherwise. `RSA-SHA1` signs with the private key (PEM) in `credentials.consumerSecret`.
   */
  signatureMethod?: 'HMAC-SHA1' | 'HMAC-SHA256' | 'RSA-SHA1' | 'PLAINTEXT';
  /**
   * oauth1: where a sign-in begins. With it a person signs in in the browser; without it the token is typed in. Reads `connection.*`.
   */
  requestTokenUrl?: Template;
  /**
   * oauth1: where the person allows it; needed with `requestTokenUrl`. Reads `connection.*`.
   */
  authorizationUrl?: Template;
  /**
   * oauth1: where the token is given; needed with `requestTokenUrl`. Reads `connection.*`.
   */
  accessTokenUrl?: Template;
  /**
   * hmac: the hash.
   */
  algorithm?: 'sha1' | 'sha256' | 'sha384' | 'sha512' | 'md5';
  /**
   * hmac: the secret. Reads `credentials.*` and `connection.*`.
   */
  key?: Template;
  /**
   * hmac: how the key is written; `utf8` unless said otherwise.
   */
  keyEncoding?: 'utf8' | 'hex' | 'base64';
  /**
   * hmac: the text that is signed. Reads `request.method`, `request.url`, `request.host`, `request.path`, `request.query` (the text behind `?`), `request.body` (the text as sent), `request.bodyHash` (SHA-256, hex), `request.headers`; `auth.timestamp` (seconds since 1970), `auth.timestampMs`, `auth.nonce`; `credentials.*`, `connection.*`, `now`.
   */
  content?: Template;
  /**
   * hmac: how the signature is written.
   */
  encoding?: 'hex' | 'base64' | 'base64url';
  /**
   * hmac: headers that carry the signature. Reads what `content` reads, and `auth.signature`.
   */
  headersTemplate?: {
    [k: string]: Template;
  };
}
/**
 * A request about a subscription. Reads `input`, `connection`, `webhook.url`, `webhook.secret`, `subscription`, `stored`, `now`.
 */
export interface SubscriptionRequest {
  /**
   * What is kept, by name: paths in the answer such as `body.id`. Later requests read it as `subscription.<name>`. What is not there is not kept.
   */
  capture?: {
    [k: string]: Path;
  };
  /**
   * GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS, TRACE, those of WebDAV (PROPFIND, PROPPATCH, REPORT, SEARCH, MKCOL, MKCALENDAR, COPY, MOVE, LOCK, UNLOCK), or one lone hole on an input whose schema is an `enum` of these.
   */
  method: string;
  /**
   * Name of an entry of `servers`; without it `baseUrl`.
   */
  server?: Key;
  /**
   * Path below the base address, starting with `/`; empty: the base address itself. `{x}` is a member of `pathSchema`, `{{…}}` an expression; both are encoded as one path segment (`/` becomes `%2F`). `{+x}` keeps slashes, of a member of `pathSchema` or of the input `x`. Or a whole address inside `allowedHosts`.
   */
  endpointTemplate: string;
  headersTemplate?: HeadersTemplate;
  queryTemplate?: QueryTemplate;
  /**
   * The body, built as a value and then written in `bodyFormat`.
   */
  bodyTemplate?: TemplateValue;
  /**
   * `json` (default), where `{ "base64Of": <file> }` becomes the content of a file as base64 text, and is left out where the file is absent; `form`; `multipart`: a form with files, where `{ "base64", "fileName", "contentType" }` and a reference `{ "fileId", "name", "contentType" }` are files, other objects are JSON and a list repeats its field; `multipartRelated`: a list of parts `{ "contentType", "json" | "text" | "base64" | "file" }`, `file` being a reference; `binary`: a reference, base64 text, or `{ "base64", "contentType" }`, sent as bytes; `xml`: an object with one member, the root, where `@name` is an attribute and `#text` the text beside attributes; `graphql` and `jsonRpc`: the body template holds the variables or parameters; `text`; `none`; or `auto`: a text goes as it is, anything else as JSON. May be a lone hole for none, json, form, text and auto.
   */
  bodyFormat?: string;
  /**
   * Instead of the format's own content type.
   */
  bodyContentType?: string;
  graphql?: GraphQL3;
  jsonRpc?: JsonRpc3;
  /**
   * How lists are written in the query and in form bodies; a schema says it for one member with `x-arrayStyle`. `repeat` (default) `a=1&a=2`, `brackets` `a[]=1`, `indexed` `a[0]=1`, `csv` `a=1,2`, `space`, `pipe`, `tab`, `json`.
   */
  arrayStyle?: 'repeat' | 'brackets' | 'indexed' | 'csv' | 'space' | 'pipe' | 'tab' | 'json';
  /**
   * The same for objects (`x-objectStyle`): `json` (default), `brackets` `a[b]=1` at every depth, `dots` `a.b=1`, `flat` `b=1`, `csv` `a=b,1`, and `space` and `pipe`, parted by these.
   */
  objectStyle?: 'brackets' | 'dots' | 'json' | 'flat' | 'csv' | 'space' | 'pipe';
  /**
   * Left out: JSON is a value, text (XML among it) is text, other content is `{ contentType, bytes, base64 }`, by the answer's content type. `auto`: the same, and XML is an object. `ndjson`: a list with one JSON value a line; `csv`: a list of objects named by the first line, with texts as values; `xml`: an object, where `@name` is an attribute, `#text` the text beside attributes and a repeated element a list; `sse`: a list of events `{ event, id, data }`, data parsed when it is JSON, read until the stream ends or `maxItems` of an action are there; `binary`: `{ contentType, bytes, base64 }` whatever the type; `file`: kept as it comes, up to the limit of a file, and the body is its reference `{ fileId, name, contentType, size }`. An answer with a status from 400 is read by its content type.
   */
  responseFormat?: 'auto' | 'json' | 'text' | 'ndjson' | 'csv' | 'xml' | 'sse' | 'binary' | 'file' | 'none';
  response?: Response;
  /**
   * Success only when this holds; without it any 2xx. Asked after `errors`.
   */
  successWhen?: Condition;
  /**
   * First rule that holds wins.
   */
  errors?: ErrorRule[];
  /**
   * Message of a failure that no rule named.
   */
  errorMessage?: Template;
  /**
   * For the whole call; 30,000 unless said otherwise.
   */
  timeoutMs?: number;
  retry?: Retry;
  /**
   * `inherit` (default): as the connection was made; `none`: send no credential; or the key of another entry of `auth`: signed in as that one does it, filled with the credentials and settings of this connection, whose own schemas must declare all that it reads. A token that it has to get is got and kept by itself. One that a person signs in for cannot be named. An entry whose key is `inherit` or `none` cannot be named either.
   */
  auth?: Key;
}
/**
 * For the body format `graphql`: the document, fixed. Values go into `bodyTemplate`, whose members are the variables. The output is `data`; `errors` in the answer are a failure unless `errors` or `successWhen` says otherwise.
 */
export interface GraphQL3 {
  /**
   * The query or mutation, without {{ … }}.
   */
  query: string;
  /**
   * Needed when the document has several operations.
   */
  operationName?: string;
}
/**
 * For the body format `jsonRpc` (version 2.0): the method, fixed. `bodyTemplate` holds the parameters. The output is `result`; an `error` in the answer is a failure.
 */
export interface JsonRpc3 {
  /**
   * Name of the method, without {{ … }}.
   */
  method: string;
}
/**
 * Where a token endpoint puts things, when it differs from RFC 6749. Paths begin with `body` or `headers`.
 */
export interface TokenResponse {
  /**
   * `body.access_token` unless said otherwise.
   */
  accessToken?: Path;
  /**
   * `body.refresh_token` unless said otherwise.
   */
  refreshToken?: Path;
  /**
   * How long the token lives; `body.expires_in` unless said otherwise.
   */
  expiresIn?: Path;
  /**
   * Unit of `expiresIn`: seconds unless said otherwise.
   */
  expiresInUnit?: 's' | 'ms';
  /**
   * When the token ends: seconds or milliseconds since 1970, or a date.
   */
  expiresAt?: Path;
  /**
   * `body.scope` unless said otherwise.
   */
  scope?: Path;
  /**
   * True for an answer that is a refusal although its status is 200. Reads `status`, `headers`, `body`.
   */
  errorWhen?: Condition;
}
/**
 * Something that happens at the service and starts a workflow. `POLL` needs `poll`, `WEBHOOK` needs `webhook`, `INGRESS` needs `ingress` here and in the connector.
 */
export interface Trigger {
  /**
   * Its name in workflows.
   */
  key: Key;
  /**
   * What people pick.
   */
  name: string;
  /**
   * When it fires.
   */
  description?: string;
  /**
   * `POLL`: we ask again and again. `WEBHOOK`: the service calls an address of the workflow. `INGRESS`: the service calls one address of the app.
   */
  type: 'POLL' | 'WEBHOOK' | 'INGRESS';
  /**
   * What people choose.
   */
  inputSchema?: JsonSchema;
  /**
   * What a run starts with.
   */
  outputSchema: JsonSchema;
  /**
   * An event to build with.
   */
  sample: TemplateValue;
  poll?: Poll;
  /**
   * Not offered in lists.
   */
  hidden?: boolean;
  deprecated?: Deprecation;
  webhook?: Webhook;
  ingress?: IngressMatch;
  /**
   * WEBHOOK or INGRESS with `poll`: polls too, for samples, for what no call told, and when subscribing fails. `eventId` and `dedupeKey` give the same text for the same event, so that it starts one run.
   */
  fallback?: 'POLL';
}
/**
 * A probe that settles an unknown outcome.
 */
export interface Verify {
  /**
   * A reading action of this connector.
   */
  action: Key;
  /**
   * Its input: reads `input`, `run`, `connection`.
   */
  input: {
    [k: string]: TemplateValue;
  };
  /**
   * Holds when the first call did happen: reads the probe's `output`, `status`, `headers`, `body`, and `input`, `run`.
   */
  foundWhen: Condition;
}
/**
 * The service calls us. `webhook.url` and `webhook.secret` are made for each workflow.
 */
export interface Webhook {
  /**
   * Made when the workflow is turned on; a workflow whose service refuses stays off. Without it a person registers the address at the service by hand.
   */
  subscribe?: SubscriptionRequest;
  /**
   * Made when it is turned off, and again until it succeeds; NOT_FOUND counts as done. Needed with `subscribe`.
   */
  unsubscribe?: SubscriptionRequest;
  /**
   * A reading request that succeeds while the subscription is there, made every hour; one that is gone (NOT_FOUND, or `successWhen` does not hold) is made again.
   */
  check?: SubscriptionRequest;
  renew?: Renewal;
  receive: Receive;
}
/**
 * For subscriptions that run out.
 */
export interface Renewal {
  /**
   * Renews it; what it captures replaces what was kept.
   */
  request: SubscriptionRequest;
  /**
   * When it runs out: reads `subscription`; a date, or seconds or milliseconds since 1970.
   */
  expiresAt: Template;
  /**
   * How long before that.
   */
  beforeMs: number;
}
