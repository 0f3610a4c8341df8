//! The REST-JSON protocol: method and path name the operation, members stand in path, query and body.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use s3s::{Body, HttpResponse};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::error::{ServiceError, ServiceResult};
use super::shapes::Shapes;
use super::sigv4::Refusal;
use super::{json as json_protocol, keys};

/// The methods and paths of a service's operations.
pub struct Routes(Vec<Route>);

struct Route {
    operation: String,
    method: String,
    segments: Vec<Segment>,
    /// The members that stand in the query, by their names there.
    query: BTreeMap<String, String>,
}

enum Segment {
    Word(String),
    Member(String),
}

#[derive(Deserialize)]
struct Model {
    http: IndexMap<String, Http>,
}

#[derive(Deserialize)]
struct Http {
    method: String,
    path: String,
    #[serde(default)]
    query: BTreeMap<String, String>,
}

impl Routes {
    /// Reads the `http` part of a service's shapes.
    ///
    /// # Panics
    /// When the embedded text is no such model: a unit test reads it.
    pub fn parse(text: &str) -> Self {
        let model: Model = serde_json::from_str(text).expect("the embedded routes are well-formed");
        let segment = |text: &str| match text.strip_prefix('{').and_then(|t| t.strip_suffix('}')) {
            Some(member) => Segment::Member(member.to_owned()),
            None => Segment::Word(text.to_owned()),
        };
        let route = |(operation, http): (String, Http)| Route {
            operation,
            method: http.method,
            segments: http.path.trim_matches('/').split('/').map(segment).collect(),
            query: http.query,
        };
        Self(model.http.into_iter().map(route).collect())
    }

    /// The operation of a method, an undecoded path and a query, with its members there.
    pub fn find(&self, shapes: &Shapes, method: &str, path: &str, query: &str) -> Option<(String, Map<String, Value>)> {
        let parts: Vec<String> =
            path.trim_matches('/').split('/').map(keys::percent_decode).collect::<Option<Vec<_>>>()?;
        let (route, mut members) =
            self.0.iter().filter(|r| r.method == method).find_map(|r| Some((r, r.matches(shapes, &parts)?)))?;
        let mut given: IndexMap<&str, Vec<String>> = IndexMap::new();
        for pair in query.split('&').filter(|p| !p.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            if let Some(member) = route.query.get(name) {
                given.entry(member).or_default().push(keys::percent_decode(&value.replace('+', " "))?);
            }
        }
        for (member, texts) in given {
            members.insert(member.to_owned(), shapes.member_of_text(&route.operation, member, &texts));
        }
        Some((route.operation.clone(), members))
    }
}

impl Route {
    fn matches(&self, shapes: &Shapes, parts: &[String]) -> Option<Map<String, Value>> {
        if parts.len() != self.segments.len() {
            return None;
        }
        let mut members = Map::new();
        for (segment, part) in self.segments.iter().zip(parts) {
            match segment {
                Segment::Word(word) if word == part => {}
                Segment::Member(member) if !part.is_empty() => {
                    let value = shapes.member_of_text(&self.operation, member, std::slice::from_ref(part));
                    members.insert(member.clone(), value);
                }
                _ => return None,
            }
        }
        Some(members)
    }
}

/// The body's members, and over them those of path and query.
pub fn input(body: &[u8], members: Map<String, Value>) -> ServiceResult {
    let mut input = json_protocol::parse(body)?;
    if let Some(object) = input.as_object_mut() {
        object.extend(members);
    }
    Ok(input)
}

/// A method and path that no operation has.
pub fn unknown(method: &str, path: &str) -> ServiceError {
    let message = format!("The local cloud has no operation for {method} {path}");
    ServiceError::new(404, "UnknownOperationException", message)
}

/// The wire shape of an answer. Its `Status` is the HTTP status, too.
pub fn respond(result: &ServiceResult, request_id: &str) -> HttpResponse {
    let mut response = http::Response::builder()
        .header(http::header::CONTENT_TYPE, "application/json")
        .header("x-amzn-requestid", request_id);
    let body = match result {
        Ok(output) => {
            let status = output["Status"].as_u64().and_then(|s| u16::try_from(s).ok()).unwrap_or(200);
            response = response.status(status);
            let mut output = output.clone();
            output["Status"] = status.into();
            output["RequestId"] = request_id.into();
            output
        }
        Err(error) => {
            response = response.status(error.status).header("x-amzn-errortype", &error.code);
            json!({ "Message": error.message, "RequestId": request_id })
        }
    };
    response.body(Body::from(body.to_string())).unwrap_or_else(|_| {
        let mut response = http::Response::new(Body::empty());
        *response.status_mut() = http::StatusCode::INTERNAL_SERVER_ERROR;
        response
    })
}

/// A refusal of the signature, as these services put it: the JSON services' words with status 403.
pub fn refusal(refusal: Refusal) -> ServiceError {
    ServiceError { status: 403, ..json_protocol::refusal(refusal) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODEL: &str = include_str!("quicksight/shapes.json");

    fn find(method: &str, path: &str, query: &str) -> Option<(String, Value)> {
        let found = Routes::parse(MODEL).find(&Shapes::parse(MODEL), method, path, query);
        found.map(|(operation, members)| (operation, members.into()))
    }

    #[test]
    fn every_operation_has_a_route_of_its_own() {
        let routes = Routes::parse(MODEL);
        let shapes = Shapes::parse(MODEL);
        for route in &routes.0 {
            assert!(shapes.knows(&route.operation), "{}", route.operation);
            let part = |segment: &Segment| match segment {
                Segment::Word(word) => word.clone(),
                Segment::Member(_) => "1".to_owned(),
            };
            let path = route.segments.iter().map(part).collect::<Vec<_>>().join("/");
            let (found, _) = routes.find(&shapes, &route.method, &format!("/{path}"), "").unwrap();
            assert_eq!(found, route.operation);
        }
    }

    #[test]
    fn members_come_out_of_path_and_query() {
        let account = "123456789012";
        assert_eq!(
            find("GET", "/accounts/123456789012/data-sets", "max-results=2&next-token=a%2Bb%3D&other=1"),
            Some(("ListDataSets".into(), json!({ "AwsAccountId": account, "MaxResults": 2, "NextToken": "a+b=" })))
        );
        assert_eq!(
            find("GET", "/accounts/123456789012/namespaces/default/users/a%2Fb%20c", ""),
            Some((
                "DescribeUser".into(),
                json!({ "AwsAccountId": account, "Namespace": "default", "UserName": "a/b c" })
            ))
        );
        assert_eq!(
            find("DELETE", "/resources/arn%3Aaws%3Aquicksight%3Ar%3Aa%3Adataset%2Fx/tags", "keys=a&keys=b"),
            Some((
                "UntagResource".into(),
                json!({ "ResourceArn": "arn:aws:quicksight:r:a:dataset/x", "TagKeys": ["a", "b"] })
            ))
        );
        assert_eq!(
            find("PUT", "/accounts/123456789012/dashboards/d/versions/3", ""),
            Some((
                "UpdateDashboardPublishedVersion".into(),
                json!({ "AwsAccountId": account, "DashboardId": "d", "VersionNumber": 3 })
            ))
        );
        assert_eq!(find("PATCH", "/accounts/123456789012/data-sets", ""), None);
        assert_eq!(find("GET", "/accounts/123456789012/data-sets/a/b/c/d", ""), None);
    }
}
